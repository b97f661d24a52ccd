using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>
/// Pieces of what is concatenated or padded that are computed where they are to lie, so that nobody copies them: where
/// a piece is one stretch of the whole, and nothing else is needed of what it is read from any more.
/// </summary>
/// <remarks>
/// The buffer of what a piece is read from becomes a stretch of the whole's. Of what a loop gives, the piece may be all
/// but a few of the first or last elements, if nobody reads these: they are then not written.
/// </remarks>
internal sealed class InPlace
{
    /// <summary>A piece of fewer elements is copied sooner than a loop runs the few vectors more.</summary>
    private const int Fewest = 1 << 11;

    /// <summary>Of so many elements one may be left out: it costs a vector, computed for nothing.</summary>
    private const int Many = 64;

    private readonly List<Storage> buffers;
    private readonly List<Instruction> instructions;

    /// <summary>By buffer, how often it is read, by which instruction last, and which writes it.</summary>
    private readonly int[] reads, lastReaders, writers;

    /// <summary>By buffer, the one that it is a stretch of, and where it begins in that.</summary>
    private readonly (int Whole, int Start)[] places;

    private InPlace(List<Storage> buffers, List<Instruction> instructions)
    {
        (this.buffers, this.instructions) = (buffers, instructions);
        (reads, lastReaders, writers) = (new int[buffers.Count], new int[buffers.Count], new int[buffers.Count]);
        foreach (var (i, instruction) in instructions.Index())
        {
            foreach (var operand in instruction.Operands)
                (reads[operand.Buffer], lastReaders[operand.Buffer]) = (reads[operand.Buffer] + 1, i);
            foreach (var result in instruction.Results)
                writers[result.Buffer] = i;
        }
        places = [.. buffers.Select((_, b) => (b, 0))];
    }

    /// <summary>
    /// Moves what is computed to where it is to lie, and leaves out what then has nothing to copy; the tilings of what
    /// is left.
    /// </summary>
    public static ImmutableArray<Tiling> Find(
        List<Storage> buffers, List<Instruction> instructions, ImmutableArray<Tiling> tilings)
    {
        if (!instructions.Exists(Joins))
            return tilings;
        var found = new InPlace(buffers, instructions);
        for (var i = 0; i < instructions.Count; i++)
        {
            if (Joins(instructions[i]))
                found.Take(instructions[i], i);
        }
        found.Move();
        return RemoveDone(instructions, tilings);
    }

    /// <summary>Whether it writes regions that lie apart, and any.</summary>
    private static bool Joins(Instruction instruction) => instruction.Results[0].Shape.Size > 0 &&
        (instruction.Primitive is Concat || (instruction.Primitive is Pad pad && pad.Between.All(b => b == 0)));

    private void Take(Instruction joining, int number)
    {
        foreach (var region in Region.Of(joining))
        {
            var (piece, buffer) = (region.Source, region.Source.Buffer);
            if (buffers[buffer] is not Storage.Scratch || lastReaders[buffer] != number || !region.IsTogether)
                continue;
            var leftOut = buffers[buffer].Size - piece.Shape.Size;
            if (leftOut > 0 && !CanBeWrittenAlone(piece, leftOut))
                continue;
            if (leftOut > 0)
                WriteAlone(piece);
            // A piece that is there twice lies where it comes last.
            places[buffer] = (joining.Results[0].Buffer, region.Target.Offset - piece.Layout.Offset);
        }
    }

    /// <summary>Whether the writer of a piece is a loop that may leave out the rest, which nobody reads.</summary>
    private bool CanBeWrittenAlone(View piece, int leftOut) =>
        piece.Shape.Size >= Math.Max(Fewest, Many * leftOut) && reads[piece.Buffer] == 1 &&
        instructions[writers[piece.Buffer]] is { Primitive: Fused { Reduced: null } } loop &&
        loop.Operands.All(o => o.IsRowMajor || o.IsUniform);

    private void WriteAlone(View piece)
    {
        var loop = instructions[writers[piece.Buffer]];
        instructions[writers[piece.Buffer]] = loop with
        {
            Results = [.. loop.Results.Select(r => r.Buffer == piece.Buffer ? piece : r)],
            Skipped = [.. loop.Results.Select((r, i) =>
                r.Buffer == piece.Buffer ? piece.Layout.Offset : loop.Skipped.IsEmpty ? 0 : loop.Skipped[i])],
        };
    }

    /// <summary>Names buffers anew, without those that have become stretches of others.</summary>
    private void Move()
    {
        var numbers = new int[buffers.Count];
        var left = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = left;
            if (places[i].Whole == i)
                buffers[left++] = buffers[i];
        }
        if (left == numbers.Length)
            return;
        buffers.RemoveRange(left, numbers.Length - left);
        for (var i = 0; i < instructions.Count; i++)
        {
            var instruction = instructions[i];
            instructions[i] = instruction with
            {
                Operands = [.. instruction.Operands.Select(Moved)],
                Results = [.. instruction.Results.Select(Moved)],
            };
        }

        View Moved(View view)
        {
            var (buffer, offset) = (view.Buffer, view.Layout.Offset);
            for (; places[buffer].Whole != buffer; buffer = places[buffer].Whole)
                offset += places[buffer].Start;
            return view with { Buffer = numbers[buffer], Layout = view.Layout with { Offset = offset } };
        }
    }

    /// <summary>Removes what has nothing to copy, which is in no tiling, and says where tilings begin then.</summary>
    private static ImmutableArray<Tiling> RemoveDone(List<Instruction> instructions, ImmutableArray<Tiling> tilings)
    {
        int[] left = [.. instructions.Index().Where(i => !Joins(i.Item) || HasToCopy(i.Item)).Select(i => i.Index)];
        if (left.Length == instructions.Count)
            return tilings;
        Instruction[] all = [.. instructions];
        instructions.Clear();
        instructions.AddRange(left.Select(i => all[i]));
        return [.. tilings.Select(t => t with { First = Array.BinarySearch(left, t.First) })];
    }

    private static bool HasToCopy(Instruction joining) =>
        Region.Of(joining).Any(r => r.Source.Shape.Size > 0 && !r.IsInPlace(joining.Results[0]));
}
