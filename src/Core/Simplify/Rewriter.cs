using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// Makes a program smaller without changing what it computes: operands first, each application is folded if constant, replaced
/// if a rule fits, and shared with an equal one made before. What nothing uses is gone, as it is not reached.
/// </summary>
internal sealed class Rewriter
{
    /// <summary>Constants of more elements are computed when the program runs, so that folding never makes it large.</summary>
    private const int LargestFolded = 64;

    private static readonly ILookup<Type, Rule> RulesByPrimitive =
        Rules.Table.ToLookup(r => ((Pattern.Applied)r.Pattern).Primitive.GetType());

    private readonly Dictionary<Structure, Application> made = [];
    private readonly Dictionary<Lambda, Lambda> held = new(ReferenceEqualityComparer.Instance);

    /// <summary>The same function with less to do.</summary>
    public static Lambda Simplify(Lambda program)
    {
        var rewriter = new Rewriter();
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var node in LoopMerging.Merged(program).Body)
        {
            ImmutableArray<Tensor> operands = [.. node.Operands.Select(o => stand.GetValueOrDefault(o, o))];
            var results = rewriter.Apply(rewriter.Inside(node.Operation), operands, node);
            for (var i = 0; i < results.Length; i++)
                stand[node.Results[i]] = results[i];
        }
        return new(program.Name, program.Parameters, [.. program.Results.Select(r => stand.GetValueOrDefault(r, r))]);
    }

    /// <summary>The operation with the programs that it holds simplified.</summary>
    private Operation Inside(Operation operation) => operation switch
    {
        Cond cond => new Cond(Once(cond.Then), Once(cond.Else)),
        Scan scan => scan with { Body = Once(scan.Body) },
        _ => operation,
    };

    /// <summary>One program stays one, so that two loops over it are still seen to be the same.</summary>
    private Lambda Once(Lambda program) =>
        held.TryGetValue(program, out var simple) ? simple : held[program] = Simplify(program);

    private ImmutableArray<Tensor> Apply(Operation operation, ImmutableArray<Tensor> operands, Application? original)
    {
        if (operation is Primitive primitive && operands.Length > 0 && Replacement(primitive, operands) is { } better)
            return [better];
        var key = new Structure(operation, operands);
        if (made.TryGetValue(key, out var before))
            return before.Results;
        var node = original is not null && ReferenceEquals(operation, original.Operation) && Unchanged(original, operands)
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
        var rules = RulesByPrimitive[primitive.GetType()];
        if (!rules.Any())
            return null;
        var candidate = Tensor.Apply(primitive, operands);
        foreach (var rule in rules)
        {
            var match = new Match();
            if ((rule.Holds?.Invoke(candidate.DType) ?? true) && rule.Pattern.Fits(candidate, match))
                return rule.Replacement.Build(match, candidate, (p, x) => Apply(p, x, null)[0]);
        }
        return null;
    }

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
        if (operands.All(o => o.KnownValue is not null) && Tensor.Apply(primitive, operands) is { Shape.Size: <= LargestFolded and > 0 } small
            && (!primitive.IsFree || primitive is Reshape or StopGradient))
        {
            return Tensor.Of(primitive.Evaluate([.. operands.Select(o => o.KnownValue!)], (_, _) => [])[0]).Reshape(small.Shape);
        }
        if (primitive is not Elementwise || operands.Any(o => Scalar(o) is null))
            return null;
        var scalar = primitive.Evaluate([.. operands.Select(o => Scalar(o)!)], (_, _) => [])[0];
        return Tensor.Of(scalar).BroadcastTo(operands[0].Shape);
    }

    /// <summary>The one number of which a tensor is a repetition.</summary>
    private static Value? Scalar(Tensor tensor)
    {
        while (tensor.Source.Operation is Broadcast)
            tensor = tensor.Source.Operands[0];
        return tensor.KnownValue is { Shape.Size: 1 } value ? value.Reshaped(Shape.Scalar) : null;
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

    /// <summary>An operation and the very operands it is applied to: two of these that are equal compute the same.</summary>
    private readonly struct Structure(Operation operation, ImmutableArray<Tensor> operands) : IEquatable<Structure>
    {
        private readonly Operation operation = operation;
        private readonly ImmutableArray<Tensor> operands = operands;

        public bool Equals(Structure other)
        {
            if (operands.Length != other.operands.Length || !operation.Equals(other.operation))
                return false;
            for (var i = 0; i < operands.Length; i++)
            {
                if (!ReferenceEquals(operands[i], other.operands[i]))
                    return false;
            }
            return true;
        }

        public override bool Equals(object? obj) => obj is Structure other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.Add(operation);
            foreach (var operand in operands)
                hash.Add(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(operand));
            return hash.ToHashCode();
        }
    }
}
