using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// What only moves numbers gives the Interpreter's bits, of arrays of any size: written in chunks, by tiles, in place
/// of a result, on any number of threads.
/// </summary>
public class MoveLaws
{
    /// <summary>Lengths of axes, of which three make arrays that fit the first cache and such that do not.</summary>
    private static readonly int[] Lengths = [1, 2, 3, 5, 8, 28, 33, 70, 130];

    private static readonly Dictionary<string, Func<Random, Tensor, Tensor[]>> Forms = new()
    {
        ["concat"] = (random, x) => [Tensor.Concat(
            Enumerable.Range(0, random.Next(1, 5)).Select(i => i % 2 == 0 ? x : -x), random.Next(3))],
        ["concat of readings"] = (random, x) => [Tensor.Concat([x, x.Flip(1), x[..1].BroadcastTo(x.Shape)], 2)],
        ["stack of columns, turned"] = (random, x) => [Tensor.Stack(x.Unstack(1)).Permute(1, 0, 2)],
        ["concat, turned and reshaped"] = (random, x) =>
            [Tensor.Concat([x, x * 2], 2).SwapAxes(0, random.Next(1, 3)).Reshape(-1)],
        ["concat, turned round"] = (random, x) =>
            [Tensor.Concat([x, x * 2], random.Next(3)).Permute(random.Next(2) == 0 ? [2, 0, 1] : [1, 2, 0])],
        ["concat, turned and used twice"] = (random, x) =>
            Twice(Tensor.Concat([x, x * 2], random.Next(3)), y => y.Permute(2, 0, 1)),
        ["pad"] = (random, x) => [Padded(x, Some(random, -1, 3), Some(random, 0, 3), [0, 0, 0])],
        ["pad of one axis"] = (random, x) => [Padded(x, [0, 0, 2], [0, 0, 1], [0, 0, 0])],
        ["pad of nothing"] = (random, x) => [Padded(x, [0, 0, -x.Shape[2]], [0, 1, 4], [0, 0, 0])],
        ["pad between"] = (random, x) =>
            [Padded(x, Some(random, -1, 2), Some(random, 0, 3), Some(random, 0, 3))],
        ["results that are read otherwise"] = (random, x) => Twice(x + 1, y => y.Reshape(-1)),
        ["a result that is a part"] = (random, x) => [x.CumSum(0)[..1]],
        ["results that are parts"] = (random, x) => Twice(x.CumSum(0), y => y[..1]),
        ["results that are one"] = (random, x) => [(x + 1).Reshape(-1), (x + 1).Unsqueeze(0), (x + 1).Reshape(-1)],
        ["results that are turned"] = (random, x) => Twice(Tensor.Concat([x, x]), y => y.SwapAxes().Reshape(-1)),
        ["gather of rows"] = (random, x) => [x.Take(Index(random, x.Shape[0], 40))],
        ["gather of columns"] = (random, x) => [x.SwapAxes(0, 1).Take(Index(random, x.Shape[2], 40), 2)],
        ["gather of columns, others for each first"] = (random, x) => [x.Gather(
            Index(random, x.Shape[2], 40 * x.Shape[0]).Reshape(-1, 1, 40)
                .BroadcastTo([x.Shape[0], x.Shape[1], 40]), 2)],
        ["gather by more than one"] = (random, x) => [x.Gather(Index(random, 1, x.Shape.Size).Reshape(x.Shape), 1)],
        ["scatter of rows"] = (random, x) => [Tensor.Zeros([3, x.Shape[1], x.Shape[2]], x.DType).ScatterAdd(
            Index(random, 3, x.Shape[0]).Reshape(-1, 1, 1).BroadcastTo(x.Shape), x)],
        ["scatter of columns"] = (random, x) => [Tensor.Zeros([x.Shape[0], x.Shape[1], 3], x.DType).ScatterAdd(
            Index(random, 3, x.Shape[2]).BroadcastTo(x.Shape), x, 2)],
    };

    public static TheoryData<string> Names => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void MovesGiveTheInterpretersBits(string name)
    {
        var coverage = new Coverage();
        using var two = new Workers(2);
        Law.Holds(40, random =>
        {
            var dtype = random.Next(2) == 0 ? DType.Float32 : DType.Float64;
            var least = random.Next(3) == 0 ? Lengths.Length / 2 : 0;
            Shape shape = [.. Some(random, least, Lengths.Length).Select(i => Lengths[i])];
            var x = Tensor.Parameter(new(dtype, shape), "x");
            var program = new Lambda(name, [x], [.. Forms[name](random, x)]);
            coverage.Count(shape.Size > 1 << 15, "large");
            // Sums of whole numbers are exact, in whatever type they are taken.
            var value = Value.FromDoubles(dtype, shape, _ => random.Next(-9, 10));
            var expected = Interpreter.Run(program, [value]);
            var machine = Machine.Of(program);
            foreach (var workers in new[] { Workers.Single, two })
                Near.Bits(expected, machine.Run([value], workers), $"{name} of {x.Type}, {workers.Threads} threads");
        });
        coverage.Require(0.05, "large");
    }

    /// <summary>What is gathered is handed on by rows, unless any row may be asked for by any other.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void TiledGathersGiveTheSameBits(int axis)
    {
        var random = new Random(1);
        var (x, y) = (Parameter(26, 8000), Parameter(26));
        var index = Index(random, axis == 0 ? 26 : 8000, 26 * 9000);
        var table = (x * 2) + y.Unsqueeze(1);
        var picked = axis == 0
            ? table.Gather(index[..(26 * 8000)].Reshape(26, 8000))
            : table.Gather(index.Reshape(26, 9000), 1);
        // Small, and in the way of the loop that reads what is gathered.
        var weights = Tensor.Exp(y.CumSum(0));
        var other = axis == 0 ? table : table.Take(index[..9000], 1);
        var program = new Lambda("picked", [x, y], [Tensor.Exp(picked - other) * weights.Unsqueeze(1)]);
        var plan = Planner.Plan(program);
        Assert.Contains(plan.Tilings, t => plan.Instructions.Skip(t.First).Take(t.Count)
            .Any(i => i.Primitive is Gather));
        ImmutableArray<Value> arguments = [.. program.Parameters.Select(p => Samples.Draw(new(p.Type, -1, 1), random))];
        var expected = new Machine(Planner.Plan(program, isTiled: false)).Run(arguments, Workers.Single);
        using var two = new Workers(2);
        foreach (var workers in new[] { Workers.Single, two })
            Near.Bits(expected, new Machine(plan).Run(arguments, workers), $"{workers.Threads} threads");

        static Tensor Parameter(params int[] shape) => Tensor.Parameter(new(DType.Float64, Shape.Of(shape)), "x");
    }

    private static Tensor[] Twice(Tensor x, Func<Tensor, Tensor> reading) => [reading(x), x, reading(x)];

    private static Tensor Padded(Tensor x, int[] before, int[] after, int[] between) => Tensor.Apply(
        new Pad(Ints.Of(before), Ints.Of(after), Ints.Of(between)), x, Tensor.Full(x.DType, [], 0.5));

    private static int[] Some(Random random, int from, int to) =>
        [.. Enumerable.Range(0, 3).Select(_ => random.Next(from, to))];

    private static Tensor Index(Random random, int below, int count) =>
        Tensor.Of([.. Enumerable.Range(0, count).Select(_ => random.Next(below))]);
}
