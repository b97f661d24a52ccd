using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>
/// The order in which a program is computed: that of its results, each with what it needs before it, but for what can
/// be computed earlier and then leaves less memory held, which is computed as soon as it can be.
/// </summary>
/// <remarks>
/// In a gradient the cotangents go back through all layers for the first parameter's sake; the other parameters'
/// gradients, of which each is the last to need some array, would wait for that with all these arrays.
/// </remarks>
internal sealed class Schedule
{
    /// <summary>Less memory than that is not worth another order.</summary>
    private const long LittleBytes = 1 << 16;

    private readonly long little;
    private readonly ImmutableArray<Application> nodes;
    private readonly List<Application> order;
    private readonly bool[] done;

    /// <summary>Who waits for an application, and for how many each waits.</summary>
    private readonly List<int>[] waiting;
    private readonly int[] missing;

    /// <summary>The arrays that an application reads and writes; readings of an array are that array.</summary>
    private readonly int[][] read;
    private readonly int[][] written;

    /// <summary>Of each array the memory, and who reads it, of whom so many are to come.</summary>
    private readonly List<long> bytes = [];
    private readonly List<List<int>> readers = [];
    private readonly List<int> toCome = [];

    /// <summary>What is computed early, once nothing is torn apart by it.</summary>
    private readonly Queue<int> early = new();

    private Schedule(Lambda program, long little)
    {
        (this.little, nodes) = (little, program.Body);
        order = new(nodes.Length);
        done = new bool[nodes.Length];
        (waiting, missing) = (new List<int>[nodes.Length], new int[nodes.Length]);
        (read, written) = (new int[nodes.Length][], new int[nodes.Length][]);
        var numbers = new Dictionary<Application, int>(nodes.Length, ReferenceEqualityComparer.Instance);
        var arrays = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        var returned = new HashSet<Tensor>(program.Results, ReferenceEqualityComparer.Instance);
        foreach (var parameter in program.Parameters)
            arrays[parameter] = Add(0);
        for (var i = 0; i < nodes.Length; i++)
        {
            numbers[nodes[i]] = i;
            waiting[i] = [];
            foreach (var source in nodes[i].Operands.Select(o => o.Source).Distinct())
            {
                if (!numbers.TryGetValue(source, out var number))
                    continue;
                waiting[number].Add(i);
                missing[i]++;
            }
            if (nodes[i].Operation.IsFree)
            {
                (read[i], written[i]) = ([], []);
                arrays[nodes[i].Results[0]] = arrays[nodes[i].Operands[0]];
                continue;
            }
            read[i] = [.. nodes[i].Operands.Select(o => arrays[o]).Distinct()];
            foreach (var array in read[i])
            {
                readers[array].Add(i);
                toCome[array]++;
            }
            // What is returned lies in memory of the caller's, and a literal in the plan's.
            var isKept = nodes[i].Operation is Literal;
            written[i] =
                [.. nodes[i].Results.Select(r => arrays[r] = Add(isKept || returned.Contains(r) ? 0 : BytesOf(r)))];
        }
    }

    /// <summary>
    /// The applications of a program in the order in which they are to be computed; for less than this many bytes none
    /// changes its place.
    /// </summary>
    public static IReadOnlyList<Application> Of(Lambda program, long little = LittleBytes) =>
        program.Body.Sum(BytesOf) < little ? program.Body : new Schedule(program, little).Ordered();

    private List<Application> Ordered()
    {
        var last = -1;
        for (var i = 0; i < nodes.Length; i++)
        {
            if (done[i])
                continue;
            while ((last < 0 || !AreTiled(nodes[last], nodes[i])) && early.TryDequeue(out var first))
            {
                if (!done[first] && LeavesLess(first))
                    Compute(first);
            }
            if (done[i])
                continue;
            Compute(i);
            last = nodes[i].Operation.IsFree || nodes[i].Operation is Literal ? last : i;
        }
        return order;
    }

    private void Compute(int node)
    {
        var ready = new Stack<int>([node]);
        while (ready.TryPop(out var next))
        {
            done[next] = true;
            order.Add(nodes[next]);
            foreach (var array in read[next])
            {
                if (--toCome[array] == 1)
                    Consider(readers[array].Find(r => !done[r]));
            }
            foreach (var other in waiting[next])
            {
                if (--missing[other] > 0 || done[other])
                    continue;
                if (nodes[other].Operation.IsFree)
                    ready.Push(other);
                else
                    Consider(other);
            }
        }
    }

    private void Consider(int node)
    {
        if (missing[node] == 0 && LeavesLess(node))
            early.Enqueue(node);
    }

    /// <summary>Whether memory is given back as soon as this is computed, and no less than it takes.</summary>
    private bool LeavesLess(int node)
    {
        var freed = read[node].Sum(a => toCome[a] == 1 ? bytes[a] : 0);
        return freed >= little && freed >= written[node].Sum(a => bytes[a]);
    }

    private int Add(long size)
    {
        bytes.Add(size);
        readers.Add([]);
        toCome.Add(0);
        return bytes.Count - 1;
    }

    private static long BytesOf(Application node) => node.Operation is Literal ? 0 : node.Results.Sum(BytesOf);

    private static long BytesOf(Tensor tensor) => (long)tensor.Shape.Size * tensor.DType.ByteSize;

    /// <summary>Whether two applications may share a tile, as neighbours.</summary>
    private static bool AreTiled(Application x, Application y) => Rows(x) is { } rows && rows == Rows(y);

    private static int? Rows(Application node) => node.Operation switch
    {
        Fused { Space: { Rank: > 0 } space } => space[0],
        Reduction when node.Operands[0].Shape is { Rank: > 0 } shape => shape[0],
        _ => null,
    };
}
