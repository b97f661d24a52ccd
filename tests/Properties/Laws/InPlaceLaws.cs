using DistGrad.Execute;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// What is concatenated or padded is computed where it is to lie, if it can be, and has the Interpreter's bits whoever
/// else reads the pieces, on any number of threads, in tiles or not.
/// </summary>
public class InPlaceLaws
{
    private static readonly int[] Lengths = [1, 2, 33, 300, 2100, 2500];

    private static readonly Func<Random, Tensor, Tensor>[] Pieces =
    [
        (random, x) => (x * random.Next(2, 9)) + 1,
        (random, x) => x * random.Next(2, 9),
        (_, x) => x.CumSum(0),
        (_, x) => x.MatMul(Tensor.Eye(x.Shape[1], x.DType) * 3),
        (_, x) => Flow.Fori(0, 3, x, (_, y) => y + x),
        (_, x) => x,
        (_, x) => x.Flip(0),
        (_, x) => (x * 9).Flip(0),
        (_, x) => Tensor.Ones(x.Shape, x.DType),
        (random, x) => (x - random.Next(9))[^1..],
        (random, x) => Tensor.Concat([x * random.Next(10, 20), x - 3]),
    ];

    /// <summary>Most of what is computed, which in a long array is all that is written.</summary>
    private static readonly Func<Random, Tensor, Tensor>[] Parts =
    [
        (random, x) => ((x * x) + random.Next(9))[1..],
        (random, x) => ((x * x) - random.Next(9))[..^1],
        (random, x) => WithPart((x * x) + random.Next(9)),
    ];

    [Fact]
    public void PiecesInPlaceGiveTheInterpretersBits()
    {
        var coverage = new Coverage();
        using var two = new Workers(2);
        Law.Holds(200, random =>
        {
            var dtype = random.Next(2) == 0 ? DType.Float32 : DType.Float64;
            Shape shape = [Lengths[random.Next(Lengths.Length)], random.Next(4) switch { 0 => 1, 1 => 140, _ => 5 }];
            var x = Tensor.Parameter(new(dtype, shape), "x");
            Lambda program = new("joined", [x], [.. Results(random, x)]);
            // Sums of few whole numbers are exact, in whatever type they are taken.
            var value = Value.FromDoubles(dtype, shape, _ => random.Next(-3, 4));
            var expected = Interpreter.Run(program, [value]);
            foreach (var isTiled in new[] { true, false })
            {
                var plan = Planner.Plan(program, isTiled, isStraight: false);
                Count(coverage, WithHeld(plan).ToArray());
                foreach (var workers in new[] { Workers.Single, two })
                    Near.Bits(expected, new Machine(plan).Run([value], workers), $"{workers.Threads} threads");
            }
        });
        coverage.Require(0.3, "in place", "copied");
        coverage.Require(0.05, "not all written", "in a loop");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void NothingIsCopiedOfPiecesThatAreComputedForIt(int axis)
    {
        var x = Tensor.Parameter(new(DType.Float64, [3000]), "x");
        Tensor[] pieces = [x * 2, x.CumSum(0), Tensor.Exp(x)[1..], Tensor.Sin(x)[..^1]];
        var joined = Tensor.Concat([.. pieces.Select(p => axis == 0 ? p : p.Unsqueeze(0))], axis);
        Tensor[] results = [Tensor.Stack([x + 1, x * 3]), joined, Tensor.Cos(Tensor.Concat([x - 1, x * 4])).Sum()];
        Assert.DoesNotContain(
            Planner.Plan(new("joined", [x], [.. results])).Instructions, i => i.Primitive is Concat or Pad or Identity);
    }

    /// <summary>A piece that is read later too is copied, so that no whole is kept for it.</summary>
    [Fact]
    public void NoWholeIsKeptForAPiece()
    {
        var x = Tensor.Parameter(new(DType.Float64, [3000]), "x");
        var piece = x.CumSum(0);
        var joined = Tensor.Concat([piece, x * 2]).CumSum(0);
        var plan = Planner.Plan(new("joined", [x], [joined.Max() * piece]));
        Assert.Contains(plan.Instructions, i => i.Primitive is Concat);
    }

    /// <summary>Tiles write pieces where they are to lie, and those that follow are still tiles.</summary>
    [Fact]
    public void TilesInPlaceGiveTheSameBits()
    {
        var x = Tensor.Parameter(new(DType.Float64, [1501, 140]), "x");
        Tensor[] pieces = [x.Flip(0), x * 2, x.Softmax(), x.CumSum(0), Tensor.Exp(x).Softmax()];
        Lambda program = new("joined", [x], [Tensor.Concat(pieces), Tensor.Concat([x * 3, x * 4]).Softmax()]);
        var plan = Planner.Plan(program);
        Assert.Equal(
            [true, true, false],
            plan.Tilings.Select(t => plan.Instructions.Skip(t.First).Take(t.Count)
                .Any(i => i.Results.Any(r => r.Layout.Offset > 0))));
        var value = Samples.Draw(new(x.Type, -1, 1), new Random(1));
        var apart = new Machine(Planner.Plan(new("apart", [x], [.. pieces]), isTiled: false))
            .Run([value], Workers.Single);
        Tensor[] places = [.. apart.Select(p => Tensor.Parameter(new(p.DType, p.Shape), "piece"))];
        var expected = Interpreter.Run(new("joined", [.. places], [Tensor.Concat(places)]), apart)[0];
        using var two = new Workers(2);
        foreach (var workers in new[] { Workers.Single, two })
            Near.Bits(expected, new Machine(plan).Run([value], workers)[0], $"{workers.Threads} threads");
    }

    private static T OneOf<T>(Random random, T[] all) => all[random.Next(all.Length)];

    private static Tensor WithPart(Tensor x) => Tensor.Concat([x[1..], x]);

    private static IEnumerable<Tensor> Results(Random random, Tensor x)
    {
        if (random.Next(3) == 0)
        {
            Tensor both = Tensor.Stack([x, x + 1]);
            return [Flow.Map(both, y => Joined(random, y, []))];
        }
        var others = new List<Tensor>();
        return [Joined(random, x, others), .. others];
    }

    /// <summary>Pieces one after the other; and some of them, used by others besides.</summary>
    private static Tensor Joined(Random random, Tensor x, List<Tensor> others)
    {
        var pieces = new List<Tensor>();
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            pieces.Add(pieces.Count > 0 && random.Next(5) == 0
                ? pieces[random.Next(pieces.Count)]
                : OneOf(random, random.Next(2) == 0 ? Pieces : Parts)(random, x));
            if (random.Next(4) == 0)
                others.Add(random.Next(2) == 0 ? pieces[^1] + 2 : pieces[^1]);
        }
        var joined = random.Next(6) switch
        {
            0 => Tensor.Concat([.. pieces.Select(p => p.Unsqueeze(0))], 1)[0],
            1 => Padded(random, x, pieces[0], 0),
            2 => Padded(random, x, pieces[0], 2),
            3 => Tensor.Concat([pieces[0] * 10, pieces[0] - 10], 1),
            _ => Tensor.Concat(pieces),
        };
        return random.Next(2) == 0 ? joined : (joined * 2) + 1;
    }

    /// <summary>A number, which may be computed, beside it and between its rows; or a row less.</summary>
    private static Tensor Padded(Random random, Tensor x, Tensor piece, int between)
    {
        var before = random.Next(piece.Shape[0] > 0 ? -1 : 0, 3);
        Pad pad = new([before, random.Next(2)], [random.Next(3), random.Next(2)], [between, 0]);
        return Tensor.Apply(pad, piece, random.Next(2) == 0 ? x[0][0] * 2 : Tensor.Full(x.DType, [], 0.5));
    }

    private static void Count(Coverage coverage, Plan.Plan[] plans)
    {
        Instruction[] all = [.. plans.SelectMany(p => p.Instructions)];
        coverage.Count(
            all.Any(i => i.Results.Any(r => r.Layout.Offset > 0)) ? "in place" : "none",
            all.Any(i => i.Primitive is Concat or Pad) ? "copied" : "none",
            all.Any(i => !i.Skipped.IsEmpty) ? "not all written" : "none",
            plans.Skip(1).SelectMany(p => p.Instructions).Any(i => i.Results.Any(r => r.Layout.Offset > 0))
                ? "in a loop" : "none");
    }

    private static IEnumerable<Plan.Plan> WithHeld(Plan.Plan plan) =>
        plan.Instructions.SelectMany(i => i.Held).SelectMany(WithHeld).Prepend(plan);
}
