using System.Collections.Immutable;
using DistGrad.Distributed;
using DistGrad.Distributed.Compute;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Data;
using DistGrad.Distributed.Plans;
using DistGrad.Distributed.Protocol;
using DistGrad.Execute;
using DistGrad.Learn;
using Leaves = System.Collections.Immutable.ImmutableArray<DistGrad.Tensor>;
using VectorLayout = DistGrad.Distributed.Compute.Layout;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// Training on shards of any sizes: the gradients and the update as a plan traces them, summed over its tree by a
/// worker's own arithmetic. A case cuts its rows where it likes; a plan would cut them evenly, so each size has a plan
/// of its own.
/// </summary>
internal static class Distributed
{
    /// <summary>By name, the loss of parameters on rows.</summary>
    private static readonly Dictionary<string, Func<Leaves, (Tensor X, Tensor Y), Tensor>> Models = new()
    {
        ["linreg"] = (p, t) => Loss.SquaredError(t.X.MatMul(p[0]) + p[1], t.Y),
        ["logreg"] = (p, t) => Loss.Logistic(t.X.MatMul(p[0]) + p[1], t.Y),
        ["mlp"] = (p, t) => Loss.SoftmaxCrossEntropy(Tensor.Tanh(t.X.MatMul(p[0]) + p[1]).MatMul(p[2]) + p[3], t.Y),
    };

    public static IEnumerable<string?> Run(Case @case, Settings settings)
    {
        var rows = @case["shard_rows"].EnumerateArray().Select(r => r.GetInt32()).ToArray();
        var steps = @case["steps"].EnumerateArray().ToArray();
        var tolerance = Tolerance.Of(@case, settings.DType);
        var (x, y) = (Arrays.In(settings.DType, Arrays.Of(@case["X"])),
            Arrays.In(settings.DType, Arrays.Of(@case["Y"])));
        var tree = new ReductionTree(rows.Length);
        var whole = Plan(rows.Sum(), steps.Length, tree.Leaves);
        var programs = rows.Distinct().ToDictionary(n => n, n => Plan(n, epochs: 1, shards: 1).Gradients[n]);
        var engine = new Engine(whole, new DataSources([]).Open(whole.Data), Workers.Single);
        var layout = VectorLayout.Dense(whole.Gradients.Values.First().Results);
        var chunking = Chunking.Of(engine.Vector, workers: 1);
        var n = whole.Parameters;
        var state = Evaluation.Evaluate(whole.Start, [], settings.Mode);
        for (var t = 0; t < steps.Length; t++)
        {
            var starts = rows.Select((_, shard) => rows[..shard].Sum()).ToArray();
            var sums = rows.Zip(starts, (count, start) => Evaluation.Evaluate(
                programs[count], [.. state.Take(n), Rows(x, start, count), Rows(y, start, count)], settings.Mode))
                    .ToArray();
            var mean = Mean(t, sums);
            for (var shard = 0; shard < rows.Length; shard++)
            {
                yield return Comparison.Difference(
                    $"steps[{t}].shard_losses[{shard}]", Arrays.Number(steps[t].GetProperty("shard_losses")[shard]),
                    sums[shard][n].Double(0) / rows[shard], tolerance);
                if (steps[t].TryGetProperty("shard_grads", out var gradients))
                {
                    var own = Differences($"shard_grads[{shard}]", gradients[shard], sums[shard].Take(n), rows[shard]);
                    foreach (var difference in own)
                        yield return difference;
                }
            }
            yield return Comparison.Difference(
                $"steps[{t}].loss", Arrays.Number(steps[t].GetProperty("loss")), mean[n].Double(0), tolerance);
            state = Evaluation.Evaluate(whole.Update, [.. state, .. mean.Take(n)], settings.Mode);
            foreach (var (what, actual) in new[] { ("average_grad", mean), ("params", state) })
            {
                foreach (var difference in Differences(what, steps[t].GetProperty(what), actual.Take(n), 1))
                    yield return difference;
            }

            IEnumerable<string?> Differences(
                string what, System.Text.Json.JsonElement expected, IEnumerable<Value> actual, int count) =>
                Comparison.Differences(
                    $"steps[{t}].{what}", [.. expected.EnumerateArray().Select(Arrays.OrNothing)],
                    [.. actual.Select(a => Value.FromDoubles(a.DType, a.Shape, i => a.Double(i) / count))], tolerance);
        }

        TrainingProgram Plan(int count, int epochs, int shards) => TrainingPlan.Of(
            @case.ArraysOf("params0").Select(p => Tensor.FromValue(Arrays.In(settings.DType, p!))).ToImmutableArray(),
            DataSet.Of((X: Tensor.FromValue(Rows(x, 0, count)), Y: Tensor.FromValue(Rows(y, 0, count)))),
            Models[@case.Op],
            Learning.Optimizers[@case["optimizer"].GetString()!](@case.Options),
            new() { Batch = count, Epochs = epochs, Shards = shards }).Program;

        // Leaves of the tree that have no shard add nothing.
        ImmutableArray<Value> Mean(int step, ImmutableArray<Value>[] sums) =>
            Split(layout, chunking.Chunks.SelectMany(chunk =>
            engine.Combine(step, chunk, [.. Enumerable.Range(0, tree.Leaves).Select(shard => new Part(
                tree.Leaf(shard), shard < sums.Length ? new(
                    Joined(layout, sums[shard]).AsMemory((int)chunk.From, chunk.Bytes)) : Block.None))])
                .Bytes.ToArray()).ToArray());
    }

    private static byte[] Joined(VectorLayout layout, ImmutableArray<Value> values)
    {
        var bytes = new byte[layout.Bytes];
        for (var i = 0; i < values.Length; i++)
            values[i].AsBytes().CopyTo(bytes.AsSpan((int)layout.Offsets[i]));
        return bytes;
    }

    private static ImmutableArray<Value> Split(VectorLayout layout, byte[] bytes) =>
    [
        .. layout.Types.Select((type, i) => Value.FromDoubles(type.DType, type.Shape, j => type.DType == DType.Float64
            ? BitConverter.ToDouble(bytes, (int)layout.Offsets[i] + (sizeof(double) * j))
            : BitConverter.ToSingle(bytes, (int)layout.Offsets[i] + (sizeof(float) * j)))),
    ];

    private static Value Rows(Value array, int start, int count) =>
        Tensor.FromValue(array)[start..(start + count)].ToValue();
}
