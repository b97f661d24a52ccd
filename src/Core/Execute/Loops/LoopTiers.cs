namespace DistGrad.Execute.Loops;

/// <summary>
/// The ways of running a loop: interpreted at first, and compiled, in the background, once it has been run often
/// enough for that to be worth while. Where code cannot be made at run time it stays interpreted.
/// </summary>
/// <param name="loop">The loop.</param>
/// <param name="isOne">Whether there is one element in all.</param>
/// <param name="rows">The rows that are run together, or null where none are.</param>
internal sealed unsafe class LoopTiers(Loop loop, bool isOne, LoopRows? rows) : Tier
{
    /// <summary>
    /// Functions applied to elements until a loop is compiled: what costs about as much as compiling it.
    /// </summary>
    private const long Hot = 1 << 17;

    /// <summary>What a run costs besides its elements, in elements.</summary>
    private const int RunCost = 64;

    private readonly LoopInterpreter interpreter = new(loop);
    private LoopBody? compiled;
    private LoopBody? compiledMasked;
    private LoopBody? compiledPassing;
    private RowsBody? compiledRows;
    private RowsBody? compiledRowsPassing;

    /// <summary>Of a loop over one element the compiled form, once there is one.</summary>
    public LoopBody? One => isOne ? Volatile.Read(ref compiled) : null;

    /// <summary>The memory that a run needs.</summary>
    public int ScratchBytes => interpreter.ScratchBytes;

    public void Run(byte** at, nint vectors, nint phase, byte* scratch)
    {
        if (!isOne && Volatile.Read(ref compiled) is { } body)
            (compiledPassing is { } passing && LieOnLines(at) ? passing : body)(at, vectors, phase);
        else
            interpreter.Run(at, vectors, phase, scratch);
    }

    private bool LieOnLines(byte** at)
    {
        for (var i = 0; i < loop.Stores.Length; i++)
        {
            if (loop.Stores[i].IsPassing && (nint)at[loop.StoreSlot(i)] % LaneFunction.VectorBytes != 0)
                return false;
        }
        return true;
    }

    /// <summary>Whether rows can be run together now.</summary>
    public bool HasRows => Volatile.Read(ref compiledRows) is not null;

    /// <summary>Runs rows, if <see cref="HasRows"/>; see <see cref="RowsBody"/>.</summary>
    public void RunRows(byte** at, nint count, nint bytes) =>
        (compiledRowsPassing is { } passing && LieOnLines(at) ? passing : compiledRows!)(at, count, bytes);

    /// <summary>As <see cref="Run"/>, of one vector, of which only the lanes that the mask marks are reduced.</summary>
    public void RunMasked(byte** at, nint phase, byte* scratch)
    {
        if (!isOne && Volatile.Read(ref compiledMasked) is { } body)
            body(at, 1, phase);
        else
            interpreter.Run(at, 1, phase, scratch);
    }

    protected override long Cost => Hot;

    /// <summary>So many elements were done.</summary>
    public void Count(long elements)
    {
        if (compiled is null)
            Spend((elements + RunCost) * Math.Max(loop.Steps.Length, 1));
    }

    protected override void Make()
    {
        if (compiled is not null)
            return;
        if (rows is not null && compiledRows is null)
        {
            if (loop.IsPassing && rows.KeepLines(loop))
                compiledRowsPassing = LoopEmitter.EmitRows(loop, rows, isOnLines: true);
            Volatile.Write(ref compiledRows, LoopEmitter.EmitRows(loop, rows));
        }
        var body = isOne ? LoopEmitter.EmitOne(loop) : LoopEmitter.Emit(loop);
        // Of rows that are reduced and run together, nothing is left over.
        if (rows is null || !loop.IsRow)
            Volatile.Write(ref compiledMasked, loop.IsRow ? LoopEmitter.Emit(loop, isMasked: true) : body);
        if (loop.IsPassing)
            compiledPassing = LoopEmitter.EmitPassing(loop);
        Volatile.Write(ref compiled, body);
    }
}
