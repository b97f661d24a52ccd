using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>A function of one number, for a vector of them: each lane from that lane alone.</summary>
internal interface IUnary<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> x);
}

/// <summary>A function of two numbers, for vectors of them.</summary>
internal interface IBinary<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> x, Vector512<T> y);
}

/// <summary>A relation of two numbers, as lanes of all ones where it holds.</summary>
internal interface IRelation<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> x, Vector512<T> y);
}

internal sealed unsafe class UnaryKernel<T, TFunction>(Instruction instruction) : Kernel
    where T : unmanaged
    where TFunction : struct, IUnary<T>
{
    private readonly Reader<T> x = new(instruction.Operands[0]);
    private readonly View y = instruction.Results[0];

    public override void Run(Frame frame) => InParts(frame, y.Shape.Size);

    protected override void Part(Frame frame, int start, int count)
    {
        var scratch = stackalloc T[Reader<T>.Block];
        var to = frame.At<T>(y) + start;
        for (var done = 0; done < count; done += Reader<T>.Block)
        {
            var block = Math.Min(Reader<T>.Block, count - done);
            Loop(x.Read(frame, start + done, block, scratch), to + done, block);
        }
    }

    private static void Loop(T* x, T* y, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
            Vector512.Store(TFunction.Of(Vector512.Load(x + i)), y + i);
        if (i < count)
            Tail.Store(TFunction.Of(Tail.Load(x + i, count - i)), y + i, count - i);
    }
}

/// <summary>Two operands of one type, a block at a time: what functions and relations of two numbers share.</summary>
internal abstract unsafe class PairKernel<T, TResult>(Instruction instruction) : Kernel
    where T : unmanaged
    where TResult : unmanaged
{
    private readonly Reader<T> x = new(instruction.Operands[0]);
    private readonly Reader<T> y = new(instruction.Operands[1]);
    private readonly View z = instruction.Results[0];

    public override void Run(Frame frame) => InParts(frame, z.Shape.Size);

    protected override void Part(Frame frame, int start, int count)
    {
        var left = stackalloc T[Reader<T>.Block];
        var right = stackalloc T[Reader<T>.Block];
        var to = frame.At<TResult>(z) + start;
        for (var done = 0; done < count; done += Reader<T>.Block)
        {
            var block = Math.Min(Reader<T>.Block, count - done);
            var from = x.ReadOrRepeat(frame, start + done, block, left);
            Loop(from, x.Step, y.ReadOrRepeat(frame, start + done, block, right), y.Step, to + done, block);
        }
    }

    /// <summary>The results for a block; a step of 0 repeats the first vector of an operand.</summary>
    protected abstract void Loop(T* x, nint xStep, T* y, nint yStep, TResult* z, int count);
}

internal sealed unsafe class BinaryKernel<T, TFunction>(Instruction instruction) : PairKernel<T, T>(instruction)
    where T : unmanaged
    where TFunction : struct, IBinary<T>
{
    protected override void Loop(T* x, nint xStep, T* y, nint yStep, T* z, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
            Vector512.Store(TFunction.Of(Vector512.Load(x + (i * xStep)), Vector512.Load(y + (i * yStep))), z + i);
        if (i < count)
            Tail.Store(
                TFunction.Of(Tail.Load(x + (i * xStep), count - i), Tail.Load(y + (i * yStep), count - i)),
                z + i,
                count - i);
    }
}

internal sealed unsafe class RelationKernel<T, TRelation>(Instruction instruction) : PairKernel<T, byte>(instruction)
    where T : unmanaged
    where TRelation : struct, IRelation<T>
{
    protected override void Loop(T* x, nint xStep, T* y, nint yStep, byte* z, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<byte>.Count; i += Vector512<byte>.Count)
            Vector512.Store(Truths.Bytes<T, Pairs>(new Pairs(x + (i * xStep), xStep, y + (i * yStep), yStep)), z + i);
        for (; i < count; i += Vector512<T>.Count)
        {
            var lanes = Math.Min(Vector512<T>.Count, count - i);
            var holds = TRelation.Of(Tail.Load(x + (i * xStep), lanes), Tail.Load(y + (i * yStep), lanes));
            var bits = Vector512.ExtractMostSignificantBits(holds);
            for (var lane = 0; lane < lanes; lane++)
                z[i + lane] = (byte)((bits >> lane) & 1);
        }
    }

    /// <summary>Where the relation holds for consecutive vectors of pairs.</summary>
    private readonly struct Pairs(T* x, nint xStep, T* y, nint yStep) : IMasks<T>
    {
        public Vector512<T> this[int vector]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                var i = vector * Vector512<T>.Count;
                return TRelation.Of(Vector512.Load(x + (i * xStep)), Vector512.Load(y + (i * yStep)));
            }
        }
    }
}

/// <summary>Elements of x where the byte of the condition is 1, else of y; of any type of that many bytes.</summary>
internal sealed unsafe class WhereKernel<T>(Instruction instruction) : Kernel where T : unmanaged
{
    private readonly Reader<byte> condition = new(instruction.Operands[0]);
    private readonly Reader<T> x = new(instruction.Operands[1]);
    private readonly Reader<T> y = new(instruction.Operands[2]);
    private readonly View z = instruction.Results[0];

    public override void Run(Frame frame) => InParts(frame, z.Shape.Size);

    protected override void Part(Frame frame, int start, int count)
    {
        var left = stackalloc T[Reader<T>.Block];
        var right = stackalloc T[Reader<T>.Block];
        var chosen = stackalloc byte[Reader<T>.Block];
        var to = frame.At<T>(z) + start;
        for (var done = 0; done < count; done += Reader<T>.Block)
        {
            var block = Math.Min(Reader<T>.Block, count - done);
            var taken = condition.Read(frame, start + done, block, chosen);
            var from = x.ReadOrRepeat(frame, start + done, block, left);
            Loop(taken, from, x.Step, y.ReadOrRepeat(frame, start + done, block, right), y.Step, to + done, block);
        }
    }

    private static void Loop(byte* condition, T* x, nint xStep, T* y, nint yStep, T* z, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            Vector512.Store(
                Vector512.ConditionalSelect(
                    Truths.Mask<T>(condition + i), Vector512.Load(x + (i * xStep)), Vector512.Load(y + (i * yStep))),
                z + i);
        }
        for (; i < count; i++)
            z[i] = condition[i] != 0 ? x[i * xStep] : y[i * yStep];
    }
}

/// <summary>Vectors of fewer elements than lanes: the rest are zero, and are not stored.</summary>
internal static unsafe class Tail
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(T* from, int count) where T : unmanaged
    {
        if (count >= Vector512<T>.Count)
            return Vector512.Load(from);
        var vector = Vector512<T>.Zero;
        Unsafe.CopyBlockUnaligned(&vector, from, (uint)(count * sizeof(T)));
        return vector;
    }

    public static void Store<T>(Vector512<T> vector, T* to, int count) where T : unmanaged =>
        Unsafe.CopyBlockUnaligned(to, &vector, (uint)(count * sizeof(T)));
}
