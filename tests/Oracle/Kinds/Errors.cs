using System.Collections.Immutable;
using System.Text.Json;
using DistGrad.Learn;
using DistGrad.Oracle.Operations;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// Calls that must be refused with an error of the library's own kind, when written or, where values matter, when run.
/// </summary>
internal static class Errors
{
    /// <summary>Calls that are not operations of tensors.</summary>
    private static readonly Dictionary<string, Action<Case>> Others =
        new([.. Verbs.All, .. Learning.Optimizers.Select(o => KeyValuePair.Create(o.Key, Calling(o.Value)))])
        {
            ["tensor"] = MakeTensor,
        };

    private static Action<Case> Calling(Func<Options, Optimiser> optimiser) => @case => optimiser(@case.Options);

    public static IEnumerable<string?> Run(Case @case, Settings settings)
    {
        if (!Others.ContainsKey(@case.Op) && !OperationTable.TryFind(@case.Op, out _))
            throw new SkippedException($"{@case.Op}: no verb, and no short composition of verbs");
        try
        {
            Call(@case, settings);
        }
        catch (DistGradException)
        {
            return [];
        }
        catch (Exception e) when (e is not SkippedException and not NotSupportedException)
        {
            return [$"{@case["why"]}: expected an error of the library, actual {e.GetType().Name}: {e.Message}"];
        }
        // The verbs of which this runner composes an operation need not refuse what the operation would.
        return OperationTable.IsComposition(@case.Op)
            ? throw new SkippedException($"{@case.Op}: a composition, which refuses nothing of its own")
            : [$"{@case["why"]}: expected an error, actual none"];
    }

    private static void Call(Case @case, Settings settings)
    {
        if (Others.TryGetValue(@case.Op, out var call))
        {
            call(@case);
            return;
        }
        OperationTable.TryFind(@case.Op, out var operation);
        Value[] given =
        [
            .. @case.Has("input_shapes")
                ? @case["input_shapes"].EnumerateArray().Select(s => Ones(s, settings.DType))
                : [],
        ];
        Value[] extra = [.. @case.ArraysOf("extra_inputs").Select(v => Arrays.In(settings.DType, v!))];
        // The index of a scatter stands between its two floating-point operands.
        ImmutableArray<Value> values =
            @case.Op == "scatter_add" ? [given[0], .. extra, .. given[1..]] : [.. given, .. extra];
        ImmutableArray<Tensor> inputs =
            [.. values.Select((v, i) => Tensor.Parameter(new(v.DType, v.Shape), $"input {i}", @case.Op))];
        Evaluation.Evaluate(new Lambda(@case.Op, inputs, operation!(inputs, @case.Options)), values, settings.Mode);
    }

    private static Value Ones(JsonElement shape, DType dtype) =>
        Value.Full(dtype, [.. shape.EnumerateArray().Select(d => d.GetInt32())], 1);

    private static void MakeTensor(Case @case)
    {
        if (@case.Options.Has("data"))
        {
            _ = Tensor.Of(@case.Options["data"].EnumerateArray()
                .Select(row => row.EnumerateArray().Select(Arrays.Number).ToArray()).ToArray());
            return;
        }
        var shape = @case.Options.Ints("shape");
        var length = @case.Options.Has("length")
            ? @case.Options.Int("length")
            : Math.Abs(shape.Aggregate((x, y) => x * y));
        _ = Tensor.Of(new double[length], shape);
    }
}
