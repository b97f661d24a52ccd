using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DistGrad.Plan;

/// <summary>
/// How an instruction's way to the memory is made shorter where more is touched than the caches hold; it changes no
/// bit.
/// </summary>
/// <param name="Ahead">
/// For each operand, how many bytes before it is read to ask for what is read: for the next tile's, while this one is
/// computed; 0 where nothing is asked for.
/// </param>
/// <param name="IsPassing">
/// For each result, whether it is written past the caches: nobody reads it soon, and to write it so spares reading its
/// old content.
/// </param>
internal sealed record Traffic(ImmutableArray<int> Ahead, ImmutableArray<bool> IsPassing)
{
    /// <summary>
    /// What is touched together by this many bytes does not find its beginning in the last cache again.
    /// </summary>
    public const long LargerThanCaches = 24 << 20;

    /// <summary>Gives the instructions that touch so many bytes or more their traffic.</summary>
    public static void Find(
        List<Storage> buffers, List<Instruction> instructions, ImmutableArray<Tiling> tilings, long large)
    {
        var next = 0;
        foreach (var tiling in tilings)
        {
            Alone(next, tiling.First);
            Together(tiling.First, tiling.Count, tiling);
            next = tiling.First + tiling.Count;
        }
        Alone(next, instructions.Count);

        void Alone(int first, int end)
        {
            for (var i = first; i < end; i++)
                Together(i, 1, null);
        }

        void Together(int first, int count, Tiling? tiling)
        {
            var run = instructions.GetRange(first, count);
            if (Touched(buffers, run) >= large)
                Help(buffers, run, tiling).CopyTo(CollectionsMarshal.AsSpan(instructions)[first..]);
        }
    }

    private static long Touched(List<Storage> buffers, List<Instruction> run) =>
        run.SelectMany(i => i.Operands.Concat(i.Results)).Select(v => v.Buffer).Distinct()
            .Where(b => buffers[b] is not Storage.Tile).Sum(b => (long)buffers[b].Size * buffers[b].DType.ByteSize);

    private static Instruction[] Help(List<Storage> buffers, List<Instruction> run, Tiling? tiling)
    {
        var read = run.SelectMany(i => i.Operands).Select(o => o.Buffer).ToHashSet();
        var passing = run.Select(i => i.Results.Select(r => !IsLocal(r) && !read.Contains(r.Buffer)).ToImmutableArray())
            .ToArray();
        var askers = Askers();
        return [.. run.Select((step, i) => step.Primitive is Fused ? step with { Traffic = Of(step, i) } : step)];

        Traffic Of(Instruction step, int i) => new(
            [.. step.Operands.Select(o => askers.GetValueOrDefault(o.Buffer, -1) == i ? NextTile(o) : 0)], passing[i]);

        // The memory is asked by loops that themselves write nothing to it, each for one operand, where there are such;
        // otherwise by the last that reads the operand.
        Dictionary<int, int> Askers()
        {
            var (found, asks) = (new Dictionary<int, int>(), new int[run.Count]);
            var readers = run.Index().Where(r => r.Item.Primitive is Fused).SelectMany(
                r => r.Item.Operands.Where(o => NextTile(o) > 0).Select(o => (o.Buffer, r.Index)));
            foreach (var buffer in readers.GroupBy(r => r.Buffer, r => r.Index))
            {
                var asker = buffer.MinBy(i => (passing[i].Contains(true), asks[i], -i));
                found[buffer.Key] = asker;
                asks[asker]++;
            }
            return found;
        }

        bool IsLocal(View view) => buffers[view.Buffer] is Storage.Tile;

        int NextTile(View operand) => tiling is not null && !IsLocal(operand) && operand.IsRowMajor &&
            operand.Shape.Rank > 0 && operand.Shape[0] == tiling.Rows
            ? tiling.TileRows * (operand.Shape.Size / tiling.Rows) * operand.DType.ByteSize
            : 0;
    }
}
