using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using DistGrad.Simplify;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// What a loop only adds up is computed when it is done, where that is a product over all steps; pieces that are added
/// up are laid beside one another.
/// </summary>
public class LoopSumLaws
{
    const int Rows = 3, Inputs = 4, Hidden = 5;

    public static TheoryData<int, bool> Loops => new() { { 0, false }, { 1, true }, { 2, false }, { 7, true } };

    [Theory]
    [MemberData(nameof(Loops))]
    public void AGradientOfWeightsIsTheSameSumAfterTheLoop(int length, bool reverse)
    {
        var gradient = Derived.Vjp(Recurrent(length, reverse));
        Law.AreSame(LoopSums.Hoisted(Rewriter.Simplify(gradient)), gradient);
        Law.AreSame(LoopSums.Hoisted(Rewriter.Simplify(Derived.Vjp(gradient))), Derived.Vjp(gradient));
        var scans = Scans(Lowering.Lower(gradient)).ToArray();
        Assert.Equal(length < 2, scans.Any(IsCarryingWeights));
        Assert.True(length < 2 || Scans(Rewriter.Simplify(gradient)).Any(IsCarryingWeights));

        static bool IsCarryingWeights(Scan scan) =>
            scan.Body.Results.Take(scan.Carries).Any(r => r.Shape.Rank == 2 && r.Shape[0] != Rows);
    }

    // Whole numbers add up to the same in any order.
    [Theory]
    [InlineData(2, 1, false)]
    [InlineData(5, 3, true)]
    public void SumsOfProductsOfAnyFormAreTaken(int length, int rows, bool reverse)
    {
        var (x, y) = (Of([rows, 4], "x"), Of([rows, 6], "y"));
        var (plain, turned, both) = (Of([4, 6], "plain"), Of([6, 4], "turned"), Of([2, 12], "both"));
        var z = (x * 3).SwapAxes().MatMul(y);
        Lambda body = new(
            "step", [plain, turned, both, x, y],
            [
                plain + z, y.SwapAxes().MatMul(x) + turned,
                both + (x.SwapAxes().MatMul(y) + -(x.Reshape(4, rows).MatMul(y))).Reshape(2, 12), y + 1,
            ]);
        ImmutableArray<Tensor> outside =
            [Of([4, 6], "p"), Of([2, 12], "b"), Of([length, rows, 4], "xs"), Of([length, rows, 6], "ys")];
        var loop = Application.Of(
            new Scan(body, 0, 3, length, reverse),
            [outside[0], Tensor.Full(DType.Int64, [6, 4], 2), .. outside[1..]]);
        Lambda program = new("sums", outside, loop.Results);
        var hoisted = LoopSums.Hoisted(program);
        Assert.All(Scans(hoisted), s => Assert.Equal(0, s.Carries));
        Law.Holds(5, random =>
        {
            ImmutableArray<Value> values = [.. outside.Select(p => Samples.Draw(new Domain(p.Type, -9, 9), random))];
            var expected = Derived.Run(program, values);
            Near.Bits(expected, Derived.Run(hoisted, values), "hoisted");
            Near.Bits(expected, Machine.Of(program).Run(values, Workers.Single), "on the machine");
        });
    }

    // What is read on the way, what is not added up, and what would take more memory than the loop runs along.
    [Fact]
    public void OtherCarriesStay()
    {
        var (w, x) = (Of([4, 4], "w"), Of([1, 4], "x"));
        var product = x.SwapAxes().MatMul(x);
        var wide = x.Reshape(4, 1).BroadcastTo([4, 64]) * 2;
        foreach (var (next, also) in new[]
        {
            (w + product, w.Sum()), (w - product, x), (w + (product * 2), x), (w + w.MatMul(product), x),
            (product, x), (w + wide.MatMul(wide.SwapAxes()), x),
        })
        {
            Lambda body = new("step", [w, x], [next, also]);
            ImmutableArray<Tensor> outside = [Of([4, 4], "w"), Of([3, 1, 4], "xs")];
            Lambda program = new("loop", outside, Application.Of(new Scan(body, 0, 1, 3, false), outside).Results);
            Assert.Same(program, LoopSums.Hoisted(program));
        }
    }

    [Fact]
    public void PiecesThatAreAddedUpLieBesideOneAnother()
    {
        var coverage = new Coverage();
        Law.Holds(200, random =>
        {
            var (axis, shape) = (random.Next(2), Shape.Of(random.Next(1, 4), random.Next(1, 4)));
            var length = random.Next(1, 12);
            Tensor Any(Shape s) => Tensor.Parameter(new(DType.Float32, s), "x");
            var (parameters, terms, end) = (new List<Tensor>(), new List<Tensor>(), 0);
            while (terms.Count < 2 || random.Next(3) > 0)
            {
                var start = random.Next(4) == 0 ? random.Next(end + 1) : end + random.Next(2);
                if (start >= length)
                    break;
                var piece = Any(shape.With(axis, random.Next(1, length - start + 1)));
                parameters.Add(piece);
                end = Math.Max(end, start + piece.Shape[axis]);
                terms.Add(piece.Pad(
                    axis == 0 ? [start, 0] : [0, start],
                    axis == 0 ? [length - start - piece.Shape[0], 0] : [0, length - start - piece.Shape[1]]));
            }
            for (var others = random.Next(3); others > 0; others--)
            {
                parameters.Add(Any(shape.With(axis, length)));
                terms.Add(parameters[^1]);
            }
            var shuffled = terms.OrderBy(_ => random.Next()).ToList();
            var results = new List<Tensor>();
            while (shuffled.Count > 1)
            {
                var at = random.Next(shuffled.Count - 1);
                shuffled[at] += shuffled[at + 1];
                shuffled.RemoveAt(at + 1);
                if (random.Next(8) == 0)
                    results.Add(shuffled[at]);
            }
            Lambda program = new("pieces", [.. parameters], [.. shuffled, .. results]);
            var joined = PiecedSums.Joined(program);
            coverage.Count(joined.Body.Any(n => n.Operation is Concat) ? "joined" : "left");
            coverage.Count(!joined.Body.Any(n => n.Operation is Pad) && joined != program, "no pad left");
            ImmutableArray<Value> x =
                [.. Samples.Directions(parameters, random).Select(v => Samples.WithSpecials(v, random))];
            var expected = Derived.Run(program, x);
            Near.Bits(expected, Derived.Run(joined, x), program.ToString());
            Near.Bits(expected, Machine.Of(program).Run(x, Workers.Single), program.ToString());
        });
        coverage.Require(0.1, "joined", "left", "no pad left");
    }

    static Tensor Of(Shape shape, string name) => Tensor.Parameter(new(DType.Int64, shape), name);

    // Weights of the input inside the loop, so that the gradient of what they see is stacked for it alone.
    static Lambda Recurrent(int length, bool reverse)
    {
        Tensor Given(Shape shape, string name) => Tensor.Parameter(new(DType.Float64, shape), name);
        ImmutableArray<Tensor> all =
            [
                Given([Hidden, Inputs], "w"), Given([Hidden, Hidden], "v"), Given([Rows, Hidden], "start"),
                Given([length, Rows, Inputs], "xs"),
            ];
        var scanned = Flow.Scan(all[2], all[3], (h, x) =>
        {
            var next = Tensor.Tanh(x.MatMul(all[0].SwapAxes()) + h.MatMul(all[1].SwapAxes()));
            return (next, next * h);
        }, reverse);
        return new("recurrent", all, [scanned.Carry, scanned.Ys]);
    }

    static IEnumerable<Scan> Scans(Lambda program) => program.Body.Select(n => n.Operation).OfType<Scan>();
}
