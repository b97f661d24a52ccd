using System.Runtime.CompilerServices;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Execute.Loops;

/// <summary>
/// Runs a fused instruction: cuts what is to be done into ranges in which every operand is one piece of memory or one
/// element, and gives these to the loop. What is left over behind whole vectors is done in vectors of its own.
/// </summary>
internal unsafe partial class LoopKernel : Kernel, IRowKernel
{
    /// <summary>A row shorter than that is gathered with its neighbours, unless rows are run together.</summary>
    private const int ShortestRow = 64;

    private readonly StridedReader[] readers;

    /// <summary>Elements that a range must not cross a multiple of, or 0 where there is no such limit.</summary>
    private readonly int rowLength;

    private readonly bool gathers;
    private readonly bool isPassing;

    /// <param name="instruction">The loop.</param>
    /// <param name="columns">Elements of the rows that are run together if they can be; 0 where it may choose.</param>
    protected LoopKernel(Instruction instruction, int columns = 0)
    {
        var fused = (Fused)instruction.Primitive;
        readers = [.. instruction.Operands.Select(o => new StridedReader(o))];
        Results = [.. instruction.Results];
        var space = fused.Space;
        (Size, LeadingLength) = (space.Size, space.Rank == 0 ? 1 : space[0]);
        var others = readers.Where(r => !r.IsRowMajor && !r.IsUniform).ToArray();
        rowLength = others.Select(r => r.RowLength).DefaultIfEmpty(0).Min();
        var keepsLanes = KeepsLanes(fused, rowLength);
        pitch = !keepsLanes ? 0 : columns == 0 ? PitchOf(fused) : CanStep(columns) ? columns : 0;
        gathers = others.Length > 0 && pitch == 0 && (rowLength < ShortestRow || !keepsLanes);
        Loop = new(instruction, [.. readers.Select(r => r.IsUniform || (!gathers && !r.IsRowMajor && r.IsRowUniform))]);
        kept = KeptOf(instruction);
        offsets = OffsetsOf();
        isPassing = Loop.IsPassing;
        rows = pitch > 0 ? new(StepsOf(), pitch >= Loop.Lanes, pitch % Loop.Lanes) : null;
        AreSteady = pitch > 0 && readers.All(r => r.RowsFrom(0, pitch) >= Size / pitch);
        Tiers = new(Loop, Size == 1 && Loop.Folds.IsEmpty, rows);
    }

    protected Loop Loop { get; }

    protected LoopTiers Tiers { get; }

    protected View[] Results { get; }

    /// <summary>Elements that are looped over.</summary>
    protected int Size { get; }

    /// <summary>How many rows these are, by the leading axis.</summary>
    protected int LeadingLength { get; }

    public virtual int PartialBytes => 0;

    public static Kernel Of(Instruction instruction) =>
        ((Fused)instruction.Primitive).Reduced is { } folded
            ? new FoldingLoopKernel(instruction, folded)
            : new LoopKernel(instruction);

    public override void Run(Frame frame)
    {
        if (Tiers.One is { } one)
            RunOne(frame, one);
        else
            InParts(frame, Size, pitch is > 0 and <= PartSize ? PartSize / pitch * pitch : PartSize);
    }

    [SkipLocalsInit]
    private void RunOne(Frame frame, LoopBody one)
    {
        var at = stackalloc byte*[Loop.MaskSlot];
        for (var i = 0; i < readers.Length; i++)
            at[i] = readers[i].Start(frame);
        for (var i = 0; i < Loop.Stores.Length; i++)
            at[Loop.StoreSlot(i)] = StoreStart(frame, i);
        one(at, 1, 0);
    }

    public override void Compile() => Tiers.Compile();

    public virtual void Rows(Frame frame, int first, int end, byte* partial)
    {
        var row = Size / LeadingLength;
        Part(frame, first * row, (end - first) * row);
    }

    public virtual void Finish(Frame frame, byte* partials, int tiles)
    {
    }

    protected override void Part(Frame frame, int start, int count)
    {
        if (count == 0)
            return;
        var site = new Site(stackalloc nint[SlotCount], Scratch.Take(SiteBytes));
        Enter(frame, ref site);
        if (pitch == 0 || start % pitch != 0 || count % pitch != 0 || !RunRows(ref site, start, count / pitch, pitch))
            Span(ref site, start, count, 0);
        Leave(count);
    }

    /// <summary>Addresses that a site holds.</summary>
    protected int SlotCount => (2 * (Loop.MaskSlot + 1)) + readers.Length;

    /// <summary>The memory that a site needs.</summary>
    protected int SiteBytes => ((Loop.MaskSlot + 1) * LaneFunction.VectorBytes) + Tiers.ScratchBytes +
        (gathers ? readers.Length * StridedReader.Block * sizeof(long) : LaneFunction.VectorBytes);

    /// <summary>Where one thread works on the loop: addresses, and memory of its own.</summary>
    protected ref struct Site(Span<nint> slots, byte* memory)
    {
        /// <summary>
        /// What the loop is given, then what it is given for what is left over, then where operands start.
        /// </summary>
        public readonly byte** At = (byte**)Unsafe.AsPointer(ref slots[0]);

        public readonly byte* Memory = memory;
    }

    protected byte** Starts(in Site site) => site.At + (2 * (Loop.MaskSlot + 1));

    protected static byte* Vector(in Site site, int slot) => site.Memory + (slot * LaneFunction.VectorBytes);

    /// <summary>
    /// Behind a vector for each slot lies what the loop itself needs, and then what is gathered or left out.
    /// </summary>
    private byte* Registers(in Site site) => Vector(site, Loop.MaskSlot + 1);

    protected void Enter(Frame frame, ref Site site)
    {
        for (var i = 0; i < readers.Length; i++)
        {
            Starts(site)[i] = readers[i].Start(frame);
            if (!readers[i].IsUniform)
                continue;
            readers[i].Repeat(Starts(site)[i], Vector(site, i));
            site.At[i] = Vector(site, i);
        }
        for (var i = 0; i < Loop.Stores.Length; i++)
            site.At[Loop.StoreSlot(i)] = StoreStart(frame, i);
        new Span<byte>(Vector(site, Loop.MaskSlot), LaneFunction.VectorBytes).Fill(byte.MaxValue);
        site.At[Loop.MaskSlot] = Vector(site, Loop.MaskSlot);
    }

    /// <summary>So many elements were done, and may be read by other threads.</summary>
    protected void Leave(long elements)
    {
        if (isPassing)
            Interlocked.MemoryBarrier();
        Tiers.Count(elements);
    }

    /// <summary>
    /// Elements from a place on; of what is reduced, the first belongs to this place of the accumulators that the site
    /// names.
    /// </summary>
    protected void Span(ref Site site, int start, int count, int column)
    {
        var stores = stackalloc byte*[Loop.Stores.Length];
        var folds = stackalloc byte*[Loop.Folds.Length];
        for (var i = 0; i < Loop.Stores.Length; i++)
            stores[i] = site.At[Loop.StoreSlot(i)];
        for (var i = 0; i < Loop.Folds.Length; i++)
            folds[i] = site.At[Loop.FoldSlot(i)];
        for (var done = 0; done < count;)
        {
            var block = BlockLength(start + done, KeptAlike(start + done, count - done));
            Bind(ref site, start + done, block);
            for (var i = 0; i < Loop.Stores.Length; i++)
                site.At[Loop.StoreSlot(i)] = stores[i] + ((nint)(start + done) * Loop.Stores[i].DType.ByteSize);
            if (kept.Length > 0)
                LeaveOut(ref site, start + done);
            if (!Loop.IsRow)
            {
                for (var i = 0; i < Loop.Folds.Length; i++)
                    site.At[Loop.FoldSlot(i)] = folds[i] + ((nint)(column + done) * Loop.LaneBytes);
            }
            Block(ref site, block, done / Loop.Lanes * LaneFunction.VectorBytes % LaneFold.RowBytes);
            done += block;
        }
        for (var i = 0; i < Loop.Stores.Length; i++)
            site.At[Loop.StoreSlot(i)] = stores[i];
        for (var i = 0; i < Loop.Folds.Length; i++)
            site.At[Loop.FoldSlot(i)] = folds[i];
    }

    /// <summary>Whether ranges of this length keep the elements of a row in the lanes that they belong to.</summary>
    private static bool KeepsLanes(Fused fused, int length) =>
        fused.Reduced is not { IsRow: true } row || length % row.Length == 0 ||
        length % (LaneFold.RowBytes / fused.LaneBytes) == 0;

    private int BlockLength(int start, int count) =>
        gathers ? Math.Min(StridedReader.Block, count)
        : rowLength > 0 ? Math.Min(count, rowLength - (start % rowLength))
        : count;

    private void Bind(ref Site site, int start, int count)
    {
        var gathered = Registers(site) + Tiers.ScratchBytes;
        for (var i = 0; i < readers.Length; i++)
        {
            if (readers[i].IsUniform)
                continue;
            if (readers[i].IsRowMajor || !gathers)
            {
                site.At[i] = readers[i].At(Starts(site)[i], start);
                if (!Loop.Operands[i].IsRepeated)
                    continue;
                readers[i].Repeat(site.At[i], Vector(site, i));
                site.At[i] = Vector(site, i);
            }
            else
            {
                site.At[i] = gathered + ((nint)i * StridedReader.Block * sizeof(long));
                readers[i].Gather(Starts(site)[i], start, count, site.At[i]);
            }
        }
    }

    private void Block(ref Site site, int count, int phase)
    {
        var (vectors, rest) = Math.DivRem(count, Loop.Lanes);
        if (vectors > 0)
            Tiers.Run(site.At, vectors, phase, Registers(site));
        if (rest > 0)
            Rest(ref site, vectors, rest, phase + (vectors * LaneFunction.VectorBytes));
    }

    // A vector that is not full is computed between vectors of memory that is the site's own.
    private void Rest(ref Site site, int vectors, int rest, int phase)
    {
        var at = site.At + Loop.MaskSlot + 1;
        for (var i = 0; i < readers.Length; i++)
        {
            at[i] = site.At[i];
            if (!Loop.Operands[i].IsRepeated)
                at[i] = Copied(at[i], vectors * Loop.Lanes, rest, readers[i].ElementBytes, Vector(site, i));
        }
        for (var i = 0; i < Loop.Stores.Length; i++)
            at[Loop.StoreSlot(i)] = Vector(site, Loop.StoreSlot(i));
        for (var i = 0; i < Loop.Folds.Length; i++)
        {
            at[Loop.FoldSlot(i)] = site.At[Loop.FoldSlot(i)];
            if (!Loop.IsRow)
            {
                at[Loop.FoldSlot(i)] = Copied(
                    at[Loop.FoldSlot(i)], vectors * Loop.Lanes, rest, Loop.LaneBytes, Vector(site, Loop.FoldSlot(i)));
            }
        }
        at[Loop.MaskSlot] = Vector(site, Loop.MaskSlot);
        new Span<byte>(at[Loop.MaskSlot] + (rest * Loop.LaneBytes), (Loop.Lanes - rest) * Loop.LaneBytes).Clear();
        Tiers.RunMasked(at, phase % LaneFold.RowBytes, Registers(site));
        new Span<byte>(at[Loop.MaskSlot], LaneFunction.VectorBytes).Fill(byte.MaxValue);
        for (var i = 0; i < Loop.Stores.Length; i++)
        {
            var bytes = Loop.Stores[i].DType.ByteSize;
            Copied(
                Vector(site, Loop.StoreSlot(i)), 0, rest, bytes,
                site.At[Loop.StoreSlot(i)] + ((nint)vectors * Loop.Lanes * bytes));
        }
        for (var i = 0; i < Loop.Folds.Length && !Loop.IsRow; i++)
        {
            Copied(
                Vector(site, Loop.FoldSlot(i)), 0, rest, Loop.LaneBytes,
                site.At[Loop.FoldSlot(i)] + ((nint)vectors * LaneFunction.VectorBytes));
        }
    }

    private static byte* Copied(byte* from, int skipped, int count, int elementBytes, byte* to)
    {
        Unsafe.CopyBlockUnaligned(to, from + ((nint)skipped * elementBytes), (uint)(count * elementBytes));
        return to;
    }
}
