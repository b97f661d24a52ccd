using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// What stands for the results of an application, or nothing where it stays: the application, its operation with the
/// programs that it holds rewritten, and what stands for tensors before it.
/// </summary>
internal delegate ImmutableArray<Tensor>? Rewrite(Application node, Operation operation, Func<Tensor, Tensor> now);

/// <summary>A program with some applications replaced, those of the programs that it holds too.</summary>
internal static class Rewriting
{
    /// <summary>The program rewritten, by what each program asks for; the same where nothing is replaced.</summary>
    public static Lambda Of(Lambda program, Func<Lambda, Rewrite?> rewrites) => new Pass(rewrites).Of(program);

    private sealed class Pass(Func<Lambda, Rewrite?> rewrites)
    {
        // One program stays one, so that two loops over it are still seen to be the same.
        private readonly Dictionary<Lambda, Lambda> held = new(ReferenceEqualityComparer.Instance);

        // The recursion is as deep as programs hold programs.
        public Lambda Of(Lambda program)
        {
            if (held.TryGetValue(program, out var before))
                return before;
            var rewrite = rewrites(program);
            if (rewrite is null && !program.Body.Any(n => n.Operation is HigherOrder))
                return held[program] = program;
            var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
            foreach (var node in program.Body)
            {
                var operation = node.Operation is HigherOrder holder ? Inside(holder) : node.Operation;
                if (rewrite?.Invoke(node, operation, Now) is { } better)
                    Stand(node, better);
                else if (ReferenceEquals(operation, node.Operation))
                    Substitute.Rebuild([node], stand, []);
                else
                    Stand(node, Application.Of(operation, [.. node.Operands.Select(Now)]).Results);
            }
            return held[program] = stand.Count == 0
                ? program
                : new(program.Name, program.Parameters, [.. program.Results.Select(Now)]);

            Tensor Now(Tensor tensor) => stand.GetValueOrDefault(tensor, tensor);

            void Stand(Application node, ImmutableArray<Tensor> results)
            {
                for (var i = 0; i < results.Length; i++)
                    stand[node.Results[i]] = results[i];
            }
        }

        private HigherOrder Inside(HigherOrder holder)
        {
            ImmutableArray<Lambda> rewritten = [.. holder.Held.Select(Of)];
            return rewritten.Zip(holder.Held).All(p => ReferenceEquals(p.First, p.Second))
                ? holder
                : holder.Holding(rewritten);
        }
    }
}
