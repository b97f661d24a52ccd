using System.Collections.Immutable;
using DistGrad.Simplify;

namespace DistGrad.Plan;

/// <summary>
/// A program as it is planned: derivatives are done, so functions with rules of their own are just what they compute.
/// </summary>
internal static class Lowering
{
    // Loops are merged first: inlining rebuilds their bodies, after which two that were the same
    // can no longer be told to be.
    public static Lambda Lower(Lambda program)
    {
        var simple = Rewriter.Simplify(Inlined(LoopMerging.Merged(program)));
        var sums = Simplified(PiecedSums.Joined, Simplified(LoopSums.Hoisted, simple));
        return Simplified(TurnedConcats.Turned, Simplified(RepeatedGathers.Removed, sums));
    }

    private static Lambda Simplified(Func<Lambda, Lambda> rewritten, Lambda program) =>
        rewritten(program) is var other && ReferenceEquals(other, program) ? program : Rewriter.Simplify(other);

    // The recursion is as deep as programs hold programs.
    private static Lambda Inlined(Lambda program)
    {
        if (!program.Body.Any(n => n.Operation is HigherOrder))
            return program;
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var node in program.Body)
        {
            ImmutableArray<Tensor> operands = [.. node.Operands.Select(o => stand.GetValueOrDefault(o, o))];
            var results = node.Operation switch
            {
                CustomJvp custom => Substitute.Inline(Inlined(custom.Function), operands),
                CustomVjp custom => Substitute.Inline(Inlined(custom.Function), operands),
                Checkpointed checkpointed => Substitute.Inline(Inlined(checkpointed.Function), operands),
                CheckpointedLinear linear =>
                    new CheckpointedLinear(Inlined(linear.Primal), Inlined(linear.Linear), linear.Results)
                        .Inlined(operands),
                Implicit equation => Substitute.Inline(Inlined(equation.Solver), operands),
                HigherOrder holder =>
                    Application.Of(holder.Holding([.. holder.Held.Select(Lowered)]), operands).Results,
                _ => Substitute.Rebuild([node], stand, node.Results),
            };
            for (var i = 0; i < results.Length; i++)
                stand[node.Results[i]] = results[i];
        }
        return new(program.Name, program.Parameters, [.. program.Results.Select(r => stand.GetValueOrDefault(r, r))]);
    }

    private static Lambda Lowered(Lambda held) => Inlined(LoopMerging.Merged(held));
}
