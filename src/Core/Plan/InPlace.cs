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
    /// <summary>
    /// Of so many elements one may be left out, and no fewer are worth it: a loop then runs one vector more or two.
    /// </summary>
    private const int Many = 64, FewestCut = 1 << 11;

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
        return LeaveOut(instructions, tilings);
    }

    /// <summary>Whether it writes regions that lie apart, and any.</summary>
    private static bool Joins(Instruction instruction) => instruction.Results[0].Shape.Size > 0 &&
        (instruction.Primitive is Concat || (instruction.Primitive is Pad pad && pad.Between.All(b => b == 0)));

    private void Take(Instruction joining, int number)
    {
        foreach (var region in Region.Of(joining))
        {
            var (piece, buffer) = (region.Source, region.Source.Buffer);
            // A piece that is there twice lies where it comes last.
            if (buffers[buffer] is Storage.Scratch && lastReaders[buffer] == number && region.IsTogether &&
                IsAllThatIsWritten(piece))
                places[buffer] = (joining.Results[0].Buffer, region.Target.Offset - piece.Layout.Offset);
        }
    }

    /// <summary>
    /// Whether a piece is all that is written of its buffer: if need be, the loop that writes it leaves out the rest.
    /// </summary>
    private bool IsAllThatIsWritten(View piece)
    {
        var leftOut = buffers[piece.Buffer].Size - piece.Shape.Size;
        if (leftOut == 0)
            return piece.Shape.Size > 0;
        var writer = instructions[writers[piece.Buffer]];
        if (piece.Shape.Size < Math.Max(FewestCut, Many * leftOut) || reads[piece.Buffer] > 1 ||
            writer.Primitive is not Fused { Reduced: null } || !writer.Operands.All(o => o.IsRowMajor || o.IsUniform))
            return false;
        instructions[writers[piece.Buffer]] = writer with
        {
            Results = [.. writer.Results.Select(r => r.Buffer == piece.Buffer ? piece : r)],
            Skipped = [.. writer.Results.Select((r, i) =>
                r.Buffer == piece.Buffer ? piece.Layout.Offset : writer.Skipped.IsEmpty ? 0 : writer.Skipped[i])],
        };
        return true;
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

    private static ImmutableArray<Tiling> LeaveOut(List<Instruction> instructions, ImmutableArray<Tiling> tilings)
    {
        int[] copying = [.. instructions.Index().Where(i => !Joins(i.Item) || HasToCopy(i.Item)).Select(i => i.Index)];
        if (copying.Length == instructions.Count)
            return tilings;
        Instruction[] left = [.. copying.Select(i => instructions[i])];
        instructions.Clear();
        instructions.AddRange(left);
        return [.. tilings.Select(t => t with { First = Array.BinarySearch(copying, t.First) })];
    }

    private static bool HasToCopy(Instruction joining) =>
        Region.Of(joining).Any(r => r.Source.Shape.Size > 0 && !r.IsInPlace(joining.Results[0]));
}
