using System.Collections.Immutable;
using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// One matrix after the other; threads share the matrices where there are several, else the products.
/// </summary>
internal abstract unsafe class MatrixKernel<T>(Instruction instruction, int columns) : Kernel
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int count = MatrixFunction.Leading(instruction.Operands[0].Shape).Size;
    private readonly Desks<Room> rooms = new(() => new());

    protected int Size { get; } = instruction.Operands[0].Shape[^1];

    protected Instruction Instruction => instruction;

    public override void Run(Frame frame)
    {
        if (count < 2 || frame.Workers.Threads == 1)
        {
            for (var i = 0; i < count; i++)
                Matrix(frame, i, frame.Workers);
        }
        else
        {
            frame.Workers.Run(
                count, (Kernel: this, frame), static (s, i) => s.Kernel.Matrix(s.frame, i, Workers.Single));
        }
    }

    /// <summary>
    /// One matrix, with memory for the order of its rows, for as large a matrix and for what eliminating takes.
    /// </summary>
    protected abstract void Matrix(Frame frame, int index, T* scratch, Workers workers);

    /// <summary>Where a matrix of an operand or result starts.</summary>
    protected static T* Start(Frame frame, View view, int index) =>
        frame.At<T>(view) + ((nint)index * view.Shape[^1] * view.Shape[^2]);

    protected static void Copy(T* from, T* to, long count) =>
        Buffer.MemoryCopy(from, to, count * sizeof(T), count * sizeof(T));

    private void Matrix(Frame frame, int index, Workers workers)
    {
        var numbers = Elimination<T>.ScratchSize(Size, columns) + ((long)Size * Size);
        var room = rooms.Take();
        room.Reserve((Size * sizeof(long)) + (numbers * sizeof(T)));
        try
        {
            Matrix(frame, index, (T*)room.Start, workers);
        }
        finally
        {
            rooms.Return(room);
        }
    }
}

internal sealed unsafe class CholeskyKernel<T>(Instruction instruction) : MatrixKernel<T>(instruction, 0)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected override void Matrix(Frame frame, int index, T* scratch, Workers workers)
    {
        var (n, half) = (Size, T.CreateTruncating(0.5));
        var a = Start(frame, Instruction.Operands[0], index);
        var l = Start(frame, Instruction.Results[0], index);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
                l[((nint)i * n) + j] = j > i ? T.Zero : (a[((nint)i * n) + j] + a[((nint)j * n) + i]) * half;
        }
        Elimination<T>.Cholesky(n, l, scratch, workers);
    }
}

internal sealed unsafe class TriangularSolveKernel<T>(Instruction instruction)
    : MatrixKernel<T>(instruction, instruction.Operands[1].Shape[^1])
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected override void Matrix(Frame frame, int index, T* scratch, Workers workers)
    {
        var (solve, columns) = ((TriangularSolve)Instruction.Primitive, Instruction.Operands[1].Shape[^1]);
        var x = Start(frame, Instruction.Results[0], index);
        Copy(Start(frame, Instruction.Operands[1], index), x, (long)Size * columns);
        Elimination<T>.Solve(
            solve.IsLower, solve.IsUnit, Size, columns, Start(frame, Instruction.Operands[0], index), Size, x, columns,
            scratch, workers);
    }
}

internal sealed unsafe class LuKernel<T>(Instruction instruction)
    : MatrixKernel<T>(instruction, instruction.Operands[0].Shape[^1])
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected override void Matrix(Frame frame, int index, T* scratch, Workers workers)
    {
        var lu = Start(frame, Instruction.Results[0], index);
        Copy(Start(frame, Instruction.Operands[0], index), lu, (long)Size * Size);
        var rows = frame.At<long>(Instruction.Results[1]) + ((nint)index * Size);
        frame.At<T>(Instruction.Results[2])[index] = Elimination<T>.Factor(Size, lu, rows, scratch, workers);
    }
}

internal sealed unsafe class SolveKernel<T>(Instruction instruction)
    : MatrixKernel<T>(instruction, Math.Max(instruction.Operands[0].Shape[^1], instruction.Operands[1].Shape[^1]))
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected override void Matrix(Frame frame, int index, T* scratch, Workers workers)
    {
        var (n, columns) = (Size, Instruction.Operands[1].Shape[^1]);
        var rows = (long*)scratch;
        var lu = (T*)(rows + n);
        var work = lu + ((nint)n * n);
        Copy(Start(frame, Instruction.Operands[0], index), lu, (long)n * n);
        Elimination<T>.Factor(n, lu, rows, work, workers);
        for (var j = 0; j < n; j++)
        {
            if (lu[((nint)j * n) + j] == T.Zero)
                throw Solve.Singular(n, j);
        }
        var b = Start(frame, Instruction.Operands[1], index);
        var x = Start(frame, Instruction.Results[0], index);
        for (var i = 0; i < n; i++)
            Copy(b + ((nint)rows[i] * columns), x + ((nint)i * columns), columns);
        Elimination<T>.Solve(lower: true, unit: true, n, columns, lu, n, x, columns, work, workers);
        Elimination<T>.Solve(lower: false, unit: false, n, columns, lu, n, x, columns, work, workers);
    }
}

/// <summary>In double precision, as the primitive means it: for what is of small matrices, as a rule.</summary>
internal sealed unsafe class PlainMatrixKernel<T>(Instruction instruction) : MatrixKernel<T>(instruction, 0)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly MatrixFunction function = (MatrixFunction)instruction.Primitive;
    private readonly ImmutableArray<Shape> shapes = [.. instruction.Operands.Select(o => o.Shape)];

    protected override void Matrix(Frame frame, int index, T* scratch, Workers workers)
    {
        var operands = new double[shapes.Length][];
        for (var i = 0; i < operands.Length; i++)
        {
            var start = Start(frame, Instruction.Operands[i], index);
            var size = shapes[i][^1] * shapes[i][^2];
            operands[i] = new double[size];
            for (var k = 0; k < size; k++)
                operands[i][k] = double.CreateTruncating(start[k]);
        }
        var results = function.Of(operands, shapes);
        for (var i = 0; i < results.Length; i++)
        {
            var to = frame.At<T>(Instruction.Results[i]) + ((nint)index * results[i].Length);
            for (var k = 0; k < results[i].Length; k++)
                to[k] = T.CreateTruncating(results[i][k]);
        }
    }
}
