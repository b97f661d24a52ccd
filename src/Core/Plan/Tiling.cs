using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>
/// Consecutive instructions that are run for a few rows at a time, one after the other, so that what they hand on stays
/// in the cache: rows being what the leading axis of all of them counts.
/// </summary>
/// <param name="First">The first of the instructions.</param>
/// <param name="Count">How many they are.</param>
/// <param name="Rows">The length of the leading axis.</param>
/// <param name="TileRows">How many rows are done at a time.</param>
/// <param name="LocalBytes">Memory for the rows of what only these instructions use.</param>
internal sealed record Tiling(int First, int Count, int Rows, int TileRows, long LocalBytes)
{
    /// <summary>What a tile reads and writes is to fit the second cache of today, a mebibyte or more.</summary>
    private const long TileBytes = 512 << 10;

    /// <summary>Smaller arrays stay in the cache by themselves.</summary>
    private const long WorthTiling = 1 << 20;

    public int Tiles => (Rows + TileRows - 1) / TileRows;

    /// <summary>
    /// Finds what is worth tiling; buffers that are then needed for a tile only are marked so. What stands between
    /// instructions of a run and waits for none of them is moved before the run.
    /// </summary>
    public static ImmutableArray<Tiling> Find(List<Storage> buffers, List<Instruction> instructions)
    {
        var found = ImmutableArray.CreateBuilder<Tiling>();
        var lastUses = LastUses(buffers.Count, instructions);
        for (var first = 0; first < instructions.Count;)
        {
            var count = Run(instructions, ref first);
            if (count > 1 && Of(buffers, instructions, first, count, lastUses) is { } tiling)
                found.Add(tiling);
            first += Math.Max(count, 1);
        }
        return found.ToImmutable();
    }

    /// <summary>How many instructions from this one on can be run by rows, together.</summary>
    private static int Run(List<Instruction> instructions, ref int first)
    {
        if (RowForm.Rows(instructions[first]) is not { } rows)
            return 0;
        // What was written here, with the elements of a row of it; 0 where all rows are reduced into one value.
        var written = new Dictionary<int, int>();
        var (count, room) = (0, Bytes(instructions[first]));
        for (var next = first; next < instructions.Count; next++)
        {
            var instruction = instructions[next];
            if (RowForm.Allows(instruction, rows) && instruction.Operands.Index().All(o => IsReady(instruction, o)))
            {
                Swap(instructions, first, count, next - first - count);
                (first, count) = (next - count, count + 1);
                foreach (var result in instruction.Results)
                    written[result.Buffer] = RowForm.IsByRows(instruction, result) ? result.Shape.Size / rows : 0;
            }
            // What is moved is held longer, and so is to be small beside what the run writes.
            else if (room > WorthTiling && !instruction.Operands.Any(o => written.ContainsKey(o.Buffer)))
                room -= Bytes(instruction);
            else
                break;
        }
        return count;

        bool IsReady(Instruction instruction, (int Index, View View) operand) =>
            !written.TryGetValue(operand.View.Buffer, out var rowSize) ||
            (RowForm.IsLocal(operand.View, rows, rowSize) && !RowForm.ReadsAll(instruction, operand.Index));
    }

    /// <summary>Puts as many instructions as lie behind a run before it.</summary>
    private static void Swap(List<Instruction> instructions, int first, int count, int behind)
    {
        if (behind == 0)
            return;
        var run = instructions.GetRange(first, count);
        for (var i = 0; i < behind; i++)
            instructions[first + i] = instructions[first + count + i];
        for (var i = 0; i < count; i++)
            instructions[first + behind + i] = run[i];
    }

    private static long Bytes(Instruction instruction) =>
        instruction.Results.Sum(r => (long)r.Shape.Size * r.DType.ByteSize);

    private static Tiling? Of(
        List<Storage> buffers, List<Instruction> instructions, int first, int count, int[] lastUses)
    {
        var run = instructions.GetRange(first, count);
        var rows = RowForm.Rows(run[0])!.Value;
        var views = run.SelectMany(i => i.Operands.Concat(i.Results)).DistinctBy(v => v.Buffer).ToList();
        var rowBytes = views.Where(v => v.Shape.Rank > 0 && v.Shape[0] == rows && v.Layout.Strides[0] != 0)
            .Sum(v => (long)v.Shape.Size / rows * v.DType.ByteSize);
        if (rowBytes * rows < WorthTiling)
            return null;
        var tileRows = RowForm.TileRows(run, rows, TileBytes / Math.Max(rowBytes, 1));
        if (tileRows >= rows)
            return null;
        var local = Locals(buffers, run, first, rows, tileRows, lastUses);
        return new(first, count, rows, tileRows, local);
    }

    /// <summary>What only these instructions use is kept for a tile at a time; the memory for that.</summary>
    private static long Locals(
        List<Storage> buffers, List<Instruction> run, int first, int rows, int tileRows, int[] lastUses)
    {
        long bytes = 0;
        foreach (var instruction in run)
        {
            foreach (var result in instruction.Results)
            {
                if (buffers[result.Buffer] is not Storage.Scratch scratch ||
                    lastUses[result.Buffer] >= first + run.Count || !RowForm.IsByRows(instruction, result))
                    continue;
                var rowBytes = scratch.Size / rows * scratch.DType.ByteSize;
                buffers[result.Buffer] = new Storage.Tile(scratch.DType, scratch.Size, bytes, rowBytes);
                bytes += Lifetimes.Aligned((long)rowBytes * tileRows);
            }
        }
        return bytes;
    }

    private static int[] LastUses(int buffers, List<Instruction> instructions)
    {
        var last = new int[buffers];
        for (var i = 0; i < instructions.Count; i++)
        {
            foreach (var operand in instructions[i].Operands)
                last[operand.Buffer] = i;
        }
        return last;
    }
}
