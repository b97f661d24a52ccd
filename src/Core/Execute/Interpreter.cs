using System.Collections.Immutable;

namespace DistGrad.Execute;

/// <summary>
/// The meaning of programs: each application's own, one after the other, on whole values. Slow and obvious; what every
/// faster way of running a program is held against.
/// </summary>
internal static class Interpreter
{
    public static ImmutableArray<Value> Run(Lambda program, ImmutableArray<Value> arguments)
    {
        var known = new Dictionary<Tensor, Value>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < program.Parameters.Length; i++)
            known[program.Parameters[i]] = arguments[i];
        foreach (var node in program.Body)
        {
            var results = node.Operation is Primitive primitive
                ? primitive.Evaluate([.. node.Operands.Select(o => known[o])], Run)
                : [((Literal)node.Operation).Value];
            for (var i = 0; i < results.Length; i++)
                known[node.Results[i]] = results[i];
        }
        return [.. program.Results.Select(r => known[r])];
    }
}
