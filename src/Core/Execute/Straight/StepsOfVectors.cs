using System.Reflection.Emit;
using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>A function applied to the vectors of a tensor, by way of memory.</summary>
internal sealed class ApplyVectors(
    StraightFunction function, Register[][] x, Register[] y, Register address, int offset) : Step
{
    public override IEnumerable<Register> Reads => x.SelectMany(o => o).Append(address);

    public override IEnumerable<Register> Writes => y;

    public override int Weight => StraightFunction.CallWeight + ((x[0].Length + 1) * y.Length);

    public override void Emit(StraightEmitter to)
    {
        for (var operand = 0; operand < x[0].Length; operand++)
        {
            for (var v = 0; v < y.Length; v++)
            {
                var at = offset + (operand * LaneCalls.Apart) + (v * LaneFunction.VectorBytes);
                to.WriteVector(x[v][operand], address, at);
            }
        }
        to.Address(address, offset);
        to.Code.Emit(OpCodes.Ldc_I4, y.Length * LaneFunction.VectorBytes);
        to.Code.Emit(OpCodes.Call, function.Some!);
        for (var v = 0; v < y.Length; v++)
            to.ReadVector(y[v], address, offset + LaneCalls.Result + (v * LaneFunction.VectorBytes));
    }
}

/// <summary>A vector read from memory, of which only its first lanes may be there.</summary>
internal sealed class LoadVector(Register address, int offset, int count, Register y) : Step
{
    public override IEnumerable<Register> Reads => [address];

    public override IEnumerable<Register> Writes => [y];

    public override void Emit(StraightEmitter to) => to.ReadVector(y, address, offset, count);
}

/// <summary>The first lanes of a vector written to memory.</summary>
internal sealed class StoreVector(Register x, Register address, int offset, int count) : Effect
{
    public override IEnumerable<Register> Reads => [x, address];

    public override void Emit(StraightEmitter to) => to.WriteVector(x, address, offset, count);
}

/// <summary>Numbers as the first lanes of a vector, by way of memory.</summary>
internal sealed class JoinLanes(Register[] x, Register y, Register address, int offset) : Step
{
    public override IEnumerable<Register> Reads => x.Append(address);

    public override IEnumerable<Register> Writes => [y];

    public override int Weight => x.Length + 1;

    public override void Emit(StraightEmitter to)
    {
        for (var lane = 0; lane < x.Length; lane++)
        {
            to.Address(address, offset + (lane * y.DType.ByteSize));
            to.Get(x[lane]);
            to.Write(y.DType);
        }
        to.ReadVector(y, address, offset);
    }
}

/// <summary>The first lanes of a vector as numbers, by way of memory.</summary>
internal sealed class SplitLanes(Register x, Register[] y, Register address, int offset) : Step
{
    public override IEnumerable<Register> Reads => [x, address];

    public override IEnumerable<Register> Writes => y;

    public override int Weight => y.Length + 1;

    public override void Emit(StraightEmitter to)
    {
        to.WriteVector(x, address, offset);
        for (var lane = 0; lane < y.Length; lane++)
        {
            to.Address(address, offset + (lane * x.DType.ByteSize));
            to.Read(x.DType);
            to.Set(y[lane]);
        }
    }
}
