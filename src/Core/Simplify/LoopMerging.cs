using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// A derivative runs a loop or a branch once more to keep what it needs of each step: the same parameters, the same
/// results, and some more. The richer one then serves for both.
/// </summary>
internal static class LoopMerging
{
    public static Lambda Merged(Lambda program)
    {
        // Merging one pair can make the operands of another equal, so this goes on until none is left.
        while (MergedOnce(program) is { } merged)
            program = merged;
        return program;
    }

    private static Lambda? MergedOnce(Lambda program)
    {
        if (!program.Body.Any(n => n.Operation is Scan or Cond))
            return null;
        var loops = program.Body.Where(n => First(n) is not null).GroupBy(n => (First(n), n.Operands.Length));
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var family in loops)
        {
            foreach (var node in family)
            {
                var richer = family.FirstOrDefault(r => r.Results.Length > node.Results.Length && Extends(r, node));
                for (var i = 0; richer is not null && i < node.Results.Length; i++)
                    stand[node.Results[i]] = richer.Results[i];
            }
        }
        return stand.Count == 0
            ? null
            : new(program.Name, program.Parameters, Substitute.Rebuild(program.Body, stand, program.Results));
    }

    /// <summary>The first parameter of the first program held: what tells loops of one origin from others.</summary>
    private static Tensor? First(Application node) =>
        Held(node).Select(l => l.Parameters.FirstOrDefault()).FirstOrDefault(p => p is not null);

    private static ImmutableArray<Lambda> Held(Application node) => node.Operation switch
    {
        Scan scan => [scan.Body],
        Cond cond => [cond.Then, cond.Else],
        _ => [],
    };

    /// <summary>
    /// Whether one application computes all that another does: same operands, same programs but for further results.
    /// </summary>
    private static bool Extends(Application richer, Application other) =>
        Same(richer.Operands, other.Operands) &&
        (richer.Operation, other.Operation) switch
        {
            (Scan r, Scan o) => r with { Body = o.Body } == o && Extends(r.Body, o.Body),
            (Cond r, Cond o) => Extends(r.Then, o.Then) && Extends(r.Else, o.Else),
            _ => false,
        };

    private static bool Extends(Lambda richer, Lambda other) =>
        Same(richer.Parameters, other.Parameters) && richer.Results.Length >= other.Results.Length &&
        Same(richer.Results[..other.Results.Length], other.Results);

    private static bool Same(ImmutableArray<Tensor> left, ImmutableArray<Tensor> right)
    {
        if (left.Length != right.Length)
            return false;
        for (var i = 0; i < left.Length; i++)
        {
            if (!ReferenceEquals(left[i], right[i]))
                return false;
        }
        return true;
    }
}
