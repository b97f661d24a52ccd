using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Properties.Generators;
using DistGrad.Simplify;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>What is picked from one number repeated is that number, but an index outside stays an error.</summary>
public class RepeatedGatherLaws
{
    static readonly Tensor X = Tensor.Parameter(new(DType.Float64, [5, 3]), "x");
    static readonly Tensor Index = Tensor.Parameter(new(DType.Int64, [7, 3]), "index");
    static readonly Tensor Ones = Tensor.Ones([5, 3], DType.Float64);

    [Fact]
    public void PickingFromOnesIsOnesWhereTheIndexIsLookedAtElsewhere()
    {
        foreach (var program in Looking())
        {
            var removed = RepeatedGathers.Removed(program);
            Assert.Equal(Picks(program) - 1, Picks(removed));
            ImmutableArray<Value> inside = [Value.FromDoubles(DType.Float64, [5, 3], i => i - 4.5), At(i => i % 5)];
            Near.Bits(Derived.Run(program, inside), Derived.Run(removed, inside), program.ToString());
            Near.Bits(
                Derived.Run(program, inside), Machine.Of(program).Run(inside, Workers.Single), program.ToString());
            foreach (var wrong in new[] { -1, 5 })
            {
                ImmutableArray<Value> outside = [inside[0], At(i => i == 17 ? wrong : 1)];
                Assert.Throws<IndexException>(() => Machine.Of(program).Run(outside, Workers.Single));
            }
        }
    }

    [Fact]
    public void ItStaysWhereNothingElseLooks()
    {
        Lambda[] programs =
        [
            Program(Ones.Gather(Index)),
            Program(Ones.Gather(Index) + Tensor.Zeros([5, 3], DType.Float64).Gather(Index)),
            // What is longer than what is picked from would not tell.
            Program(Ones.Gather(Index), Tensor.Concat([X, X]).Gather(Index)),
            // Rows of three ones each are no number.
            Program(X.Narrow(0, 0, 1).BroadcastTo([5, 3]).Gather(Index), X.Gather(Index)),
        ];
        Assert.All(programs, program => Assert.Same(program, RepeatedGathers.Removed(program)));
        ImmutableArray<Value> outside = [Value.FromDoubles(DType.Float64, [5, 3], _ => 1), At(_ => 5)];
        Assert.Throws<IndexException>(() => Machine.Of(programs[0]).Run(outside, Workers.Single));
    }

    static IEnumerable<Lambda> Looking()
    {
        yield return Program(Ones.Gather(Index) * X.Gather(Index));
        yield return Program(Tensor.Zeros([5, 3], DType.Float64).ScatterAdd(Index, 2 * Ones.Gather(Index)));
        yield return Program(X.Sum().BroadcastTo([5, 3]).Gather(Index), X.Gather(Index));
        // The gradient's derivative where picked numbers are squared.
        yield return Program(Diff.Jvp(X, Ones, x => Diff.Grad(x, t => Tensor.Square(t.Gather(Index)).Sum())).Tangent);
    }

    static Lambda Program(params Tensor[] results) => Rewriter.Simplify(new("f", [X, Index], [.. results]));

    static int Picks(Lambda program) => program.Body.Count(n => n.Operation is Gather);

    static Value At(Func<int, long> index) => Value.FromLongs(DType.Int64, [7, 3], index);
}
