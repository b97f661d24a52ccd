using System.Reflection.Emit;
using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>One step of a block.</summary>
internal abstract class Step
{
    /// <summary>What it reads, the blocks that it holds included.</summary>
    public abstract IEnumerable<Register> Reads { get; }

    /// <summary>What it writes, the blocks that it holds included.</summary>
    public abstract IEnumerable<Register> Writes { get; }

    /// <summary>How much code it is, in simple operations.</summary>
    public virtual int Weight => 1;

    /// <summary>The blocks that it holds.</summary>
    public virtual IEnumerable<Block> Held => [];

    /// <summary>Whether it writes to memory.</summary>
    public virtual bool HasEffect => Held.Any(b => b.Steps.Any(s => s.HasEffect));

    public abstract void Emit(StraightEmitter to);

    /// <summary>Adds what it reads, if it is needed; whether it is.</summary>
    public virtual bool Need(HashSet<Register> needed)
    {
        if (!Writes.Any(needed.Contains))
            return false;
        needed.UnionWith(Reads);
        return true;
    }

    /// <summary>Drops what nobody needs of the blocks that it holds.</summary>
    public virtual void Prune(HashSet<Register> needed)
    {
    }

    protected static Register[] Kept(Register[] all, bool[] kept) => [.. all.Where((_, i) => kept[i])];

    protected static IEnumerable<Register> ReadsOf(Block block) => block.Steps.SelectMany(s => s.Reads);

    protected static IEnumerable<Register> WritesOf(Block block) => block.Steps.SelectMany(s => s.Writes);
}

/// <summary>A function applied to registers.</summary>
internal sealed class Apply(StraightFunction function, Register[] x, Register y) : Step
{
    public override IEnumerable<Register> Reads => x;

    public override IEnumerable<Register> Writes => [y];

    public override int Weight => function.Weight;

    public override void Emit(StraightEmitter to) => function.Emit(to, x, y);
}

/// <summary>A function applied to a few numbers side by side, by way of memory.</summary>
internal sealed class ApplySome(
    StraightFunction function, Register[][] x, Register[] y, Register address, int offset) : Step
{
    public override IEnumerable<Register> Reads => x.SelectMany(o => o).Append(address);

    public override IEnumerable<Register> Writes => y;

    public override int Weight => StraightFunction.CallWeight + ((x[0].Length + 1) * y.Length);

    public override void Emit(StraightEmitter to)
    {
        var dtype = y[0].DType;
        var bytes = (y.Length * dtype.ByteSize + LaneFunction.VectorBytes - 1) & -LaneFunction.VectorBytes;
        for (var operand = 0; operand < x[0].Length; operand++)
        {
            // The lanes that are left over do what the first does.
            for (var e = 0; e < bytes / dtype.ByteSize; e++)
            {
                to.Address(address, offset + (operand * LaneCalls.Apart) + (e * dtype.ByteSize));
                to.Get(x[e < y.Length ? e : 0][operand]);
                to.Write(dtype);
            }
        }
        to.Address(address, offset);
        to.Code.Emit(OpCodes.Ldc_I4, bytes);
        to.Code.Emit(OpCodes.Call, function.Some!);
        for (var e = 0; e < y.Length; e++)
        {
            to.Address(address, offset + LaneCalls.Result + (e * dtype.ByteSize));
            to.Read(dtype);
            to.Set(y[e]);
        }
    }
}

/// <summary>A number read from memory.</summary>
internal sealed class Load(Register address, int offset, Register y) : Step
{
    public override IEnumerable<Register> Reads => [address];

    public override IEnumerable<Register> Writes => [y];

    public override void Emit(StraightEmitter to)
    {
        to.Address(address, offset);
        to.Read(y.DType);
        to.Set(y);
    }
}

/// <summary>A step that is taken for what it does.</summary>
internal abstract class Effect : Step
{
    public override IEnumerable<Register> Writes => [];

    public override bool HasEffect => true;

    public override bool Need(HashSet<Register> needed)
    {
        needed.UnionWith(Reads);
        return true;
    }
}

/// <summary>A number written to memory.</summary>
internal sealed class Store(Register x, Register address, int offset) : Effect
{
    public override IEnumerable<Register> Reads => [x, address];

    public override void Emit(StraightEmitter to)
    {
        to.Address(address, offset);
        to.Get(x);
        to.Write(x.DType);
    }
}

/// <summary>Asks the memory for a cache line that a later trip touches; where none lies, nothing happens.</summary>
internal sealed class Ask(Register address, int offset) : Effect
{
    public override IEnumerable<Register> Reads => [address];

    public override void Emit(StraightEmitter to)
    {
        to.Address(address, offset);
        to.Code.CallMemory(nameof(LaneMemory.Ask));
    }
}

/// <summary>Gives the run up where an index lies outside; the machine, run instead, tells what is wrong.</summary>
internal sealed class Require(Register index, int length) : Effect
{
    public override IEnumerable<Register> Reads => [index];

    public override void Emit(StraightEmitter to)
    {
        to.Get(index);
        to.Code.Emit(OpCodes.Conv_I8);
        to.Code.Emit(OpCodes.Ldc_I8, (long)length);
        to.Code.Emit(OpCodes.Bge_Un, to.Fails);
    }
}

/// <summary>
/// Memory for so many trips, with so many bytes for each; the run is given up where that is too much.
/// </summary>
internal sealed class Reserve(int room, Register trips, int bytes, Register address) : Step
{
    public override IEnumerable<Register> Reads => [trips];

    public override IEnumerable<Register> Writes => [address];

    public override void Emit(StraightEmitter to)
    {
        to.Code.Emit(OpCodes.Ldarg_3);
        to.Code.Emit(OpCodes.Ldc_I4, room);
        to.Get(trips);
        to.Code.Emit(OpCodes.Ldc_I4, bytes);
        to.Code.Emit(OpCodes.Call, typeof(StraightSite).GetMethod(nameof(StraightSite.Reserve))!);
        to.Set(address);
        to.Get(address);
        to.Code.Emit(OpCodes.Brfalse, to.Fails);
    }
}
