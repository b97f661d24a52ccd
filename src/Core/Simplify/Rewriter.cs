using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// Makes a program smaller without changing what it computes: operands first, each application is folded if constant,
/// replaced if a rule fits, and shared with an equal one made before. What nothing uses is gone, as it is not reached;
/// of loops and branches, <see cref="DeadResults"/> drops what is not used of their results.
/// </summary>
internal sealed class Rewriter
{
    /// <summary>
    /// Constants of more elements are computed when the program runs, so that folding never makes it large.
    /// </summary>
    private const int LargestFolded = 64;

    private static readonly Dictionary<Type, (Pattern.Applied Pattern, Rule Rule)[]> RulesByPrimitive =
        Rules.Table.Select(r => (Pattern: (Pattern.Applied)r.Pattern, Rule: r))
            .GroupBy(r => r.Pattern.Primitive.GetType()).ToDictionary(g => g.Key, g => g.ToArray());

    private readonly Dictionary<Computation, Application> made = [];
    private readonly Dictionary<Lambda, Lambda> held = new(ReferenceEqualityComparer.Instance);
    private readonly Match match = new();

    /// <summary>The same function with less to do.</summary>
    public static Lambda Simplify(Lambda program)
    {
        var rewriter = new Rewriter();
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var node in LoopMerging.Merged(program).Body)
        {
            var results = rewriter.Apply(rewriter.Inside(node.Operation), Standing(node.Operands, stand), node);
            for (var i = 0; i < results.Length; i++)
            {
                if (!ReferenceEquals(node.Results[i], results[i]))
                    stand[node.Results[i]] = results[i];
            }
        }
        ImmutableArray<Tensor> simple = [.. program.Results.Select(r => stand.GetValueOrDefault(r, r))];
        return DeadResults.Dropped(new(program.Name, program.Parameters, simple));
    }

    /// <summary>What stands for these tensors; the very same list where nothing else does.</summary>
    private static ImmutableArray<Tensor> Standing(ImmutableArray<Tensor> operands, Dictionary<Tensor, Tensor> stand)
    {
        for (var i = 0; stand.Count > 0 && i < operands.Length; i++)
        {
            if (stand.TryGetValue(operands[i], out var other))
                operands = operands.SetItem(i, other);
        }
        return operands;
    }

    /// <summary>The operation with the programs that it holds simplified.</summary>
    private Operation Inside(Operation operation) => operation switch
    {
        HigherOrder holder => holder.Holding([.. holder.Held.Select(Once)]),
        _ => operation,
    };

    /// <summary>One program stays one, so that two loops over it are still seen to be the same.</summary>
    private Lambda Once(Lambda program) =>
        held.TryGetValue(program, out var simple) ? simple : held[program] = Simplify(program);

    private ImmutableArray<Tensor> Apply(Operation operation, ImmutableArray<Tensor> operands, Application? original)
    {
        if (operation is Primitive primitive && operands.Length > 0 && Replacement(primitive, operands) is { } better)
            return [better];
        var key = new Computation(operation, operands);
        if (made.TryGetValue(key, out var before))
            return before.Results;
        var node = original is not null && ReferenceEquals(operation, original.Operation) &&
            Unchanged(original, operands)
            ? original
            : Application.Of(operation, operands);
        made[key] = node;
        return node.Results;
    }

    private Tensor? Replacement(Primitive primitive, ImmutableArray<Tensor> operands)
    {
        if (Folded(primitive, operands) is { } constant)
            return Shared(constant);
        if (primitive.IsFree && operands.Length == 1 && Readings.Shorten(primitive, operands[0]) is { } shorter)
            return Made(shorter);
        if (primitive is Elementwise && Repetitions.Least(operands) is { } least)
            return AppliedOnce(primitive, operands, least);
        if (!RulesByPrimitive.TryGetValue(primitive.GetType(), out var rules))
            return null;
        foreach (var (pattern, rule) in rules)
        {
            match.Clear();
            if (pattern.FitsApplied(primitive, operands, match) &&
                Replaced(rule, Tensor.Apply(primitive, operands)) is { } better)
                return better;
        }
        return null;
    }

    private Tensor AppliedOnce(Primitive primitive, ImmutableArray<Tensor> operands, Shape least)
    {
        var once = Apply(primitive, [.. operands.Select(o => Read(o.Source.Operands[0], least))], null)[0];
        return Read(once, operands[0].Shape);

        Tensor Read(Tensor x, Shape shape) => Apply(new Broadcast(shape), [x], null)[0];
    }

    // Building simplifies in turn, so what was matched is handed over before.
    private Tensor? Replaced(Rule rule, Tensor candidate) => rule.Holds?.Invoke(candidate.DType) ?? true
        ? rule.Replacement.Build(match.Copy(), candidate, (p, x) => Apply(p, x, null)[0])
        : null;

    private Tensor Made(Tensor tensor) => tensor.Source.Operands.IsEmpty
        ? tensor
        : Apply(tensor.Source.Operation, tensor.Source.Operands, tensor.Source)[tensor.Index];

    /// <summary>A literal, or a repeated one, as it was made before if it was.</summary>
    private Tensor Shared(Tensor constant) => constant.KnownValue is { } value
        ? Apply(new Literal(value, IsNumber: true), [], null)[0]
        : Apply(constant.Source.Operation, [Shared(constant.Source.Operands[0])], null)[0];

    /// <summary>The result of constants, when it is small and rounded in one way only, on every machine.</summary>
    private static Tensor? Folded(Primitive primitive, ImmutableArray<Tensor> operands)
    {
        if (!primitive.IsExact || primitive is HigherOrder)
            return null;
        if (AreKnown(operands) && Tensor.Apply(primitive, operands) is { Shape.Size: <= LargestFolded and > 0 } small
            && (!primitive.IsFree || primitive is Reshape or StopGradient))
        {
            return Tensor.Of(primitive.Evaluate([.. operands.Select(o => o.KnownValue!)], (_, _) => [])[0])
                .Reshape(small.Shape);
        }
        if (primitive is not Elementwise)
            return null;
        foreach (var operand in operands)
        {
            if (Repeated(operand) is null)
                return null;
        }
        var scalar = primitive.Evaluate(
            [.. operands.Select(o => Repeated(o)!.Reshaped(Shape.Scalar))], (_, _) => [])[0];
        return Tensor.Of(scalar).BroadcastTo(operands[0].Shape);
    }

    private static bool AreKnown(ImmutableArray<Tensor> operands)
    {
        foreach (var operand in operands)
        {
            if (operand.KnownValue is null)
                return false;
        }
        return true;
    }

    /// <summary>The value of one number of which a tensor is a repetition.</summary>
    private static Value? Repeated(Tensor tensor)
    {
        while (tensor.Source.Operation is Broadcast)
            tensor = tensor.Source.Operands[0];
        return tensor.KnownValue is { Shape.Size: 1 } value ? value : null;
    }

    private static bool Unchanged(Application node, ImmutableArray<Tensor> operands)
    {
        for (var i = 0; i < operands.Length; i++)
        {
            if (!ReferenceEquals(node.Operands[i], operands[i]))
                return false;
        }
        return true;
    }
}
