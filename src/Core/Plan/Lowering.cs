using System.Collections.Immutable;
using DistGrad.Simplify;

namespace DistGrad.Plan;

/// <summary>A program as it is planned: derivatives are done, so functions with rules of their own are just what they compute.</summary>
internal static class Lowering
{
    public static Lambda Lower(Lambda program) => Rewriter.Simplify(Inlined(program));

    private static Lambda Inlined(Lambda program)
    {
        while (program.Body.Any(n => n.Operation is CustomJvp or CustomVjp))
        {
            var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
            foreach (var node in program.Body)
            {
                var results = Function(node.Operation) is { } function
                    ? Substitute.Inline(function, [.. node.Operands.Select(o => stand.GetValueOrDefault(o, o))])
                    : Substitute.Rebuild([node], stand, node.Results);
                for (var i = 0; i < results.Length; i++)
                    stand[node.Results[i]] = results[i];
            }
            program = new(program.Name, program.Parameters, [.. program.Results.Select(r => stand.GetValueOrDefault(r, r))]);
        }
        return program;
    }

    private static Lambda? Function(Operation operation) => operation switch
    {
        CustomJvp custom => custom.Function,
        CustomVjp custom => custom.Function,
        _ => null,
    };
}
