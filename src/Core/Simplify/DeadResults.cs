using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// Loops and branches without the results that nothing uses: stacks that are not read, carries that nothing else is
/// computed from, and whatever only these needed. A gradient asks for few of a loop's results, and a stack takes the
/// memory of all steps.
/// </summary>
internal static partial class DeadResults
{
    public static Lambda Dropped(Lambda program)
    {
        if (!program.Body.Any(n => n.Operation is Scan or Cond or While or Sweeps))
            return program;
        var used = new HashSet<Tensor>(program.Results, ReferenceEqualityComparer.Instance);
        var rests = new Dictionary<Application, Rest>(ReferenceEqualityComparer.Instance);
        foreach (var node in program.Body.Reverse())
        {
            bool[] marks = [.. node.Results.Select(used.Contains)];
            if (!marks.Contains(true))
                continue;
            if (RestOf(node.Operation, marks) is { } rest && !rest.IsAllOf(node))
                rests[node] = rest;
            used.UnionWith(rests.TryGetValue(node, out var less) ? less.Of(node.Operands) : node.Operands);
        }
        return rests.Count == 0 ? program : Rebuilt(program, rests, used);
    }

    private static Lambda Rebuilt(Lambda program, Dictionary<Application, Rest> rests, HashSet<Tensor> used)
    {
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var node in program.Body.Where(n => n.Results.Any(used.Contains)))
        {
            if (!rests.TryGetValue(node, out var rest))
            {
                Substitute.Rebuild([node], stand, node.Results);
                continue;
            }
            ImmutableArray<Tensor> operands = [.. rest.Of(node.Operands).Select(o => stand.GetValueOrDefault(o, o))];
            var results = Application.Of(rest.Operation, operands).Results;
            foreach (var (place, result) in rest.Results.Zip(results))
                stand[node.Results[place]] = result;
        }
        return new(program.Name, program.Parameters, [.. program.Results.Select(r => stand.GetValueOrDefault(r, r))]);
    }

    private static Rest? RestOf(Operation operation, bool[] used) => operation switch
    {
        Scan scan => RestOf(scan, used),
        Cond cond => RestOf(cond, used),
        While loop => RestOf(loop, used),
        Sweeps loops => RestOf(loops, used),
        _ => null,
    };

    private static Rest RestOf(Cond cond, bool[] used)
    {
        var results = Places(used.Length, i => used[i]);
        var (then, other) = (HeldPrograms.Read(cond.Then, results), HeldPrograms.Read(cond.Else, results));
        var parameters = Places(then.Length, i => then[i] || other[i]);
        return new(
            new Cond(Part(cond.Then, parameters, results), Part(cond.Else, parameters, results)),
            [0, .. parameters.Select(p => p + 1)],
            results);
    }

    // A carry lives when its end is used, or when another step of something that lives is computed from it.
    private static Rest RestOf(Scan scan, bool[] used)
    {
        bool[] lives = [.. used];
        bool[] reached;
        int living;
        do
        {
            living = lives.Count(l => l);
            reached = HeldPrograms.Read(scan.Body, Places(lives.Length, i => lives[i]));
            for (var i = 0; i < scan.Carries; i++)
                lives[i] |= reached[scan.Constants + i];
        }
        while (lives.Count(l => l) > living);
        var results = Places(lives.Length, i => lives[i]);
        var operands = Places(reached.Length, i => IsCarry(i) ? lives[i - scan.Constants] : reached[i]);
        var rest = scan with
        {
            Body = Part(scan.Body, operands, results),
            Constants = operands.Count(i => i < scan.Constants),
            Carries = operands.Count(IsCarry),
        };
        return new(rest, operands, results);

        bool IsCarry(int operand) => operand >= scan.Constants && operand < scan.Constants + scan.Carries;
    }

    private static Lambda Part(Lambda program, ImmutableArray<int> parameters, ImmutableArray<int> results) =>
        Dropped(new(
            program.Name,
            [.. parameters.Select(i => program.Parameters[i])],
            [.. results.Select(i => program.Results[i])]));

    private static ImmutableArray<int> Places(int count, Func<int, bool> isKept) =>
        [.. Enumerable.Range(0, count).Where(isKept)];

    /// <summary>What is left of an operation: it takes and gives those of its operands and results.</summary>
    private sealed record Rest(Primitive Operation, ImmutableArray<int> Operands, ImmutableArray<int> Results)
    {
        public bool IsAllOf(Application node) =>
            Operands.Length == node.Operands.Length && Results.Length == node.Results.Length &&
            (Operation is not Sweeps rest || rest.KeptCount == ((Sweeps)node.Operation).KeptCount);

        public IEnumerable<Tensor> Of(ImmutableArray<Tensor> operands) => Operands.Select(i => operands[i]);
    }
}
