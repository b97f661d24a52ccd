namespace DistGrad.Execute.Loops;

/// <summary>
/// The ways of running a loop: interpreted at first, and compiled, in the background, once it has been run often
/// enough for that to be worth while. Where code cannot be made at run time it stays interpreted.
/// </summary>
/// <param name="loop">The loop.</param>
/// <param name="isOne">Whether there is one element in all.</param>
/// <param name="steps">By slot, how far from a row to the next, in bytes; none where rows are not run together.</param>
internal sealed unsafe class LoopTiers(Loop loop, bool isOne, nint[] steps) : Tier
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
    private RowsBody? rows;
    private RowsBody? rowsPassing;

    private bool IsByRows => steps.Length > 0;

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

    /// <summary>Whether rows of whole vectors can be run together now.</summary>
    public bool HasRows => Volatile.Read(ref rows) is not null;

    /// <summary>Runs rows of whole vectors, if <see cref="HasRows"/>; see <see cref="RowsBody"/>.</summary>
    public void RunRows(byte** at, nint count, nint bytes)
    {
        var passes = rowsPassing is not null && LieOnLines(at);
        for (var i = 0; i < loop.Stores.Length && passes; i++)
            passes = !loop.Stores[i].IsPassing || steps[loop.StoreSlot(i)] % LaneFunction.VectorBytes == 0;
        (passes ? rowsPassing! : rows!)(at, count, bytes);
    }

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
        if (IsByRows && rows is null)
        {
            rowsPassing = loop.IsPassing ? LoopEmitter.EmitRows(loop, steps, isOnLines: true) : null;
            Volatile.Write(ref rows, LoopEmitter.EmitRows(loop, steps));
        }
        var body = isOne ? LoopEmitter.EmitOne(loop) : LoopEmitter.Emit(loop);
        // Rows of whole vectors leave nothing over.
        if (!IsByRows)
            Volatile.Write(ref compiledMasked, loop.IsRow ? LoopEmitter.Emit(loop, isMasked: true) : body);
        if (loop.IsPassing)
            compiledPassing = LoopEmitter.EmitPassing(loop);
        Volatile.Write(ref compiled, body);
    }
}
