using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// Expressions computed again with other tensors in the place of some: how a program is applied, and how it is closed.
/// </summary>
internal static class Substitute
{
    /// <summary>The results of a program on these arguments: its body, inlined.</summary>
    public static ImmutableArray<Tensor> Inline(Lambda lambda, ImmutableArray<Tensor> arguments)
    {
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < lambda.Parameters.Length; i++)
            stand[lambda.Parameters[i]] = arguments[i];
        return Rebuild(Order.Dependents(lambda.Results, lambda.Parameters), stand, lambda.Results);
    }

    /// <summary>
    /// Closes results over all that they take from outside: what does not depend on the parameters is captured, whole
    /// subexpressions at a time, and becomes further parameters, in front of the others. Literals stay inside, and so
    /// do free readings of something no larger, such as a broadcast: what they read is captured.
    /// </summary>
    public static (Lambda Closed, ImmutableArray<Tensor> Captured) Close(
        string name, ImmutableArray<Tensor> parameters, ImmutableArray<Tensor> results)
    {
        var dependents = Order.Dependents(results, parameters);
        var inside = new HashSet<Application>(dependents, ReferenceEqualityComparer.Instance);
        inside.UnionWith(parameters.Select(p => p.Source));
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        var captured = ImmutableArray.CreateBuilder<Tensor>();
        var added = ImmutableArray.CreateBuilder<Tensor>();
        foreach (var tensor in dependents.SelectMany(a => a.Operands).Concat(results))
        {
            if (!inside.Contains(tensor.Source))
                Capture(tensor);
        }
        var closed = Rebuild(dependents, stand, results);
        return (new(name, [.. added, .. parameters], closed), captured.ToImmutable());

        void Capture(Tensor tensor)
        {
            var readings = new Stack<Tensor>();
            while (IsReading(tensor) && !stand.ContainsKey(tensor))
            {
                readings.Push(tensor);
                tensor = tensor.Source.Operands[0];
            }
            if (tensor.KnownValue is null && !stand.ContainsKey(tensor))
            {
                captured.Add(tensor);
                added.Add(stand[tensor] = Tensor.Parameter(tensor.Type, $"captured {captured.Count}", name));
            }
            foreach (var reading in readings)
            {
                var operand = reading.Source.Operands[0];
                stand[reading] = Tensor.Apply(reading.Source.Operation, stand.GetValueOrDefault(operand, operand));
            }
        }

        // A fresh variable is more than what it names: derivatives are taken in it, so it is captured itself.
        static bool IsReading(Tensor tensor) => tensor.Source.Operation.IsFree &&
            tensor.Source.Operands is [var operand] &&
            operand.Shape.Size <= tensor.Shape.Size && operand.Source.Stamp == tensor.Source.Stamp;
    }

    /// <summary>Results computed again by the same applications in order, where some tensors have stand-ins.</summary>
    public static ImmutableArray<Tensor> Rebuild(
        IEnumerable<Application> order, Dictionary<Tensor, Tensor> stand, ImmutableArray<Tensor> results)
    {
        foreach (var node in order)
        {
            var operands = node.Operands;
            for (var i = 0; i < operands.Length; i++)
            {
                if (stand.TryGetValue(operands[i], out var other))
                    operands = operands.SetItem(i, other);
            }
            if (operands == node.Operands)
                continue;
            var rebuilt = Application.Of(node.Operation, operands);
            for (var i = 0; i < node.Results.Length; i++)
                stand[node.Results[i]] = rebuilt.Results[i];
        }
        return [.. results.Select(r => stand.GetValueOrDefault(r, r))];
    }
}
