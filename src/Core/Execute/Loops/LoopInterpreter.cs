namespace DistGrad.Execute.Loops;

/// <summary>
/// Runs a loop a block at a time, one function after the other, with values in between in a few blocks of memory that
/// stay in the first cache. It needs no compilation, and gives the bits that compiled loops give.
/// </summary>
internal sealed unsafe class LoopInterpreter
{
    /// <summary>Vectors of a block; of whole rounds of a row's accumulators.</summary>
    private const int BlockVectors = 32;

    private const int BlockBytes = BlockVectors * LaneFunction.VectorBytes;

    /// <summary>The most operands that a function takes.</summary>
    private const int MostOperands = 3;

    private readonly Loop loop;
    private readonly int[] registers;
    private readonly int registerCount;

    /// <summary>For each value, the store whose memory it is computed in, or -1.</summary>
    private readonly int[] homes;

    public LoopInterpreter(Loop loop)
    {
        this.loop = loop;
        homes = Homes();
        (registers, registerCount) = Assign();
    }

    /// <summary>The memory that a run needs beside the operands and results.</summary>
    public int ScratchBytes => registerCount * BlockBytes;

    public void Run(byte** at, nint vectors, nint phase, byte* scratch)
    {
        var values = stackalloc LaneOperand[registers.Length];
        for (nint done = 0; done < vectors; done += BlockVectors)
        {
            var bytes = Math.Min(BlockVectors, vectors - done) * LaneFunction.VectorBytes;
            Load(at, done, bytes, values, scratch);
            Apply(at, done, bytes, values, scratch);
            Finish(at, done, bytes, phase + (done * LaneFunction.VectorBytes), values);
        }
    }

    private void Load(byte** at, nint done, nint bytes, LaneOperand* values, byte* scratch)
    {
        for (var i = 0; i < loop.Operands.Length; i++)
        {
            var operand = loop.Operands[i];
            var skipped = operand.IsRepeated ? 0 : done * LaneFunction.VectorBytes;
            var step = operand.IsRepeated ? 0 : 1;
            if (!operand.IsTruth)
            {
                values[i] = new(at[i] + skipped, step);
                continue;
            }
            var to = scratch + ((nint)registers[i] * BlockBytes);
            LoadTruths(at[i] + (skipped / loop.LaneBytes), to, operand.IsRepeated ? LaneFunction.VectorBytes : bytes);
            values[i] = new(to, step);
        }
    }

    private void Apply(byte** at, nint done, nint bytes, LaneOperand* values, byte* scratch)
    {
        var operands = stackalloc LaneOperand[MostOperands];
        for (var i = 0; i < loop.Steps.Length; i++)
        {
            var step = loop.Steps[i];
            var value = loop.Operands.Length + i;
            for (var j = 0; j < step.Operands.Length; j++)
                operands[j] = values[step.Operands[j]];
            var to = homes[value] >= 0
                ? at[loop.StoreSlot(homes[value])] + (done * LaneFunction.VectorBytes)
                : scratch + ((nint)registers[value] * BlockBytes);
            step.Function.Run(new(operands, MostOperands), to, bytes);
            values[value] = new(to, 1);
        }
    }

    private void Finish(byte** at, nint done, nint bytes, nint phase, LaneOperand* values)
    {
        for (var i = 0; i < loop.Stores.Length; i++)
        {
            var store = loop.Stores[i];
            var to = at[loop.StoreSlot(i)];
            if (store.IsTruth)
                StoreTruths(values[store.Value], to + (done * LaneFunction.VectorBytes / loop.LaneBytes), bytes);
            else if (homes[store.Value] != i)
                Copy(values[store.Value], to + (done * LaneFunction.VectorBytes), bytes);
        }
        for (var i = 0; i < loop.Folds.Length; i++)
        {
            var (value, fold) = (values[loop.Folds[i].Value], loop.Folds[i].Fold);
            var accumulators = at[loop.FoldSlot(i)];
            if (loop.IsRow)
                fold.TakeRow(value, accumulators, phase & (LaneFold.RowBytes - 1), at[loop.MaskSlot], bytes);
            else
                fold.TakeColumns(value, accumulators + (done * LaneFunction.VectorBytes), bytes);
        }
    }

    private void LoadTruths(byte* from, byte* to, nint bytes)
    {
        for (nint at = 0; at < bytes; at += LaneFunction.VectorBytes)
        {
            if (loop.LaneBytes == sizeof(int))
                LaneMemory.Store(LaneMemory.LoadTruths<int>(from + (at / sizeof(int))), to + at);
            else
                LaneMemory.Store(LaneMemory.LoadTruths<long>(from + (at / sizeof(long))), to + at);
        }
    }

    private void StoreTruths(LaneOperand from, byte* to, nint bytes)
    {
        for (nint at = 0; at < bytes; at += LaneFunction.VectorBytes)
        {
            if (loop.LaneBytes == sizeof(int))
                LaneMemory.StoreTruths(from.Load<int>(at), to + (at / sizeof(int)));
            else
                LaneMemory.StoreTruths(from.Load<long>(at), to + (at / sizeof(long)));
        }
    }

    private static void Copy(LaneOperand from, byte* to, nint bytes)
    {
        for (nint at = 0; at < bytes; at += LaneFunction.VectorBytes)
            LaneMemory.Store(from.Load<int>(at), to + at);
    }

    private int[] Homes()
    {
        var found = new int[loop.Operands.Length + loop.Steps.Length];
        Array.Fill(found, -1);
        for (var i = 0; i < loop.Stores.Length; i++)
        {
            var store = loop.Stores[i];
            if (!store.IsTruth && store.Value >= loop.Operands.Length)
                found[store.Value] = i;
        }
        return found;
    }

    /// <summary>A block for each value that needs one, used again once nothing reads the value any more.</summary>
    private (int[] Registers, int Count) Assign()
    {
        var last = new int[homes.Length];
        Array.Fill(last, -1);
        for (var i = 0; i < loop.Steps.Length; i++)
        {
            foreach (var operand in loop.Steps[i].Operands)
                last[operand] = i;
        }
        foreach (var store in loop.Stores)
            last[store.Value] = int.MaxValue;
        foreach (var fold in loop.Folds)
            last[fold.Value] = int.MaxValue;
        var (assigned, free, count) = (new int[homes.Length], new Stack<int>(), 0);
        for (var value = 0; value < homes.Length; value++)
        {
            var step = value - loop.Operands.Length;
            if (step < 0 ? loop.Operands[value].IsTruth : homes[value] < 0)
                assigned[value] = free.Count > 0 ? free.Pop() : count++;
            else
                assigned[value] = -1;
            if (step < 0)
                continue;
            foreach (var operand in loop.Steps[step].Operands.Distinct())
            {
                if (last[operand] == step && assigned[operand] >= 0)
                    free.Push(assigned[operand]);
            }
        }
        return (assigned, count);
    }
}
