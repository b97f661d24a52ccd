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

    public override void Run(Frame frame) => InParts(frame, y.Shape.Size, (start, count) => Part(frame, start, count));

    private void Part(Frame frame, int start, int count)
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

internal sealed unsafe class BinaryKernel<T, TFunction>(Instruction instruction) : Kernel
    where T : unmanaged
    where TFunction : struct, IBinary<T>
{
    private readonly Reader<T> x = new(instruction.Operands[0]);
    private readonly Reader<T> y = new(instruction.Operands[1]);
    private readonly View z = instruction.Results[0];

    public override void Run(Frame frame) => InParts(frame, z.Shape.Size, (start, count) => Part(frame, start, count));

    private void Part(Frame frame, int start, int count)
    {
        var left = stackalloc T[Reader<T>.Block];
        var right = stackalloc T[Reader<T>.Block];
        var to = frame.At<T>(z) + start;
        for (var done = 0; done < count; done += Reader<T>.Block)
        {
            var block = Math.Min(Reader<T>.Block, count - done);
            Loop(x.Read(frame, start + done, block, left), y.Read(frame, start + done, block, right), to + done, block);
        }
    }

    private static void Loop(T* x, T* y, T* z, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
            Vector512.Store(TFunction.Of(Vector512.Load(x + i), Vector512.Load(y + i)), z + i);
        if (i < count)
            Tail.Store(TFunction.Of(Tail.Load(x + i, count - i), Tail.Load(y + i, count - i)), z + i, count - i);
    }
}

internal sealed unsafe class RelationKernel<T, TRelation>(Instruction instruction) : Kernel
    where T : unmanaged
    where TRelation : struct, IRelation<T>
{
    private readonly Reader<T> x = new(instruction.Operands[0]);
    private readonly Reader<T> y = new(instruction.Operands[1]);
    private readonly View z = instruction.Results[0];

    public override void Run(Frame frame) => InParts(frame, z.Shape.Size, (start, count) => Part(frame, start, count));

    private void Part(Frame frame, int start, int count)
    {
        var left = stackalloc T[Reader<T>.Block];
        var right = stackalloc T[Reader<T>.Block];
        var to = frame.At<byte>(z) + start;
        for (var done = 0; done < count; done += Reader<T>.Block)
        {
            var block = Math.Min(Reader<T>.Block, count - done);
            Loop(x.Read(frame, start + done, block, left), y.Read(frame, start + done, block, right), to + done, block);
        }
    }

    private static void Loop(T* x, T* y, byte* z, int count)
    {
        for (var i = 0; i < count; i += Vector512<T>.Count)
        {
            var lanes = Math.Min(Vector512<T>.Count, count - i);
            var bits = Vector512.ExtractMostSignificantBits(TRelation.Of(Tail.Load(x + i, lanes), Tail.Load(y + i, lanes)));
            for (var lane = 0; lane < lanes; lane++)
                z[i + lane] = (byte)((bits >> lane) & 1);
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

    public override void Run(Frame frame) => InParts(frame, z.Shape.Size, (start, count) => Part(frame, start, count));

    private void Part(Frame frame, int start, int count)
    {
        var left = stackalloc T[Reader<T>.Block];
        var right = stackalloc T[Reader<T>.Block];
        var chosen = stackalloc byte[Reader<T>.Block];
        var to = frame.At<T>(z) + start;
        for (var done = 0; done < count; done += Reader<T>.Block)
        {
            var block = Math.Min(Reader<T>.Block, count - done);
            Loop(
                condition.Read(frame, start + done, block, chosen),
                x.Read(frame, start + done, block, left),
                y.Read(frame, start + done, block, right),
                to + done,
                block);
        }
    }

    private static void Loop(byte* condition, T* x, T* y, T* z, int count)
    {
        var i = 0;
        if (sizeof(T) == sizeof(int))
        {
            for (; i <= count - Vector512<int>.Count; i += Vector512<int>.Count)
            {
                var taken = Vector512.GreaterThan(Widened(condition + i), Vector512<int>.Zero);
                Vector512.Store(
                    Vector512.ConditionalSelect(taken, Vector512.Load((int*)(x + i)), Vector512.Load((int*)(y + i))), (int*)(z + i));
            }
        }
        for (; i < count; i++)
            z[i] = condition[i] != 0 ? x[i] : y[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widened(byte* bytes)
    {
        var shorts = Vector256.WidenLower(Vector128.Load(bytes).ToVector256());
        return Vector512.WidenLower(shorts.ToVector512()).AsInt32();
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
