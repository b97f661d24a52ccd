using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

internal delegate void Fold<T, TResult>(
    int outer, int reduce, int inner, ref readonly T x, ref TResult y, Workers workers);

internal sealed unsafe class ReductionKernel<T, TResult>(
    Instruction instruction, Folded folded, Fold<T, TResult> fold) : Kernel, IRowKernel
    where T : unmanaged
    where TResult : unmanaged
{
    private readonly View x = instruction.Operands[0];
    private readonly View y = instruction.Results[0];

    public override void Run(Frame frame) => fold(
        folded.Outer, folded.Length, folded.Inner, ref *frame.At<T>(x), ref *frame.At<TResult>(y), frame.Workers);

    public int PartialBytes => 0;

    public void Rows(Frame frame, int first, int end, byte* partial)
    {
        var each = folded.Outer / x.Shape[0];
        fold(
            (end - first) * each, folded.Length, folded.Inner,
            ref frame.At<T>(x)[(nint)first * each * folded.Length * folded.Inner],
            ref frame.At<TResult>(y)[(nint)first * each * folded.Inner], Workers.Single);
    }

    public void Finish(Frame frame, byte* partials, int tiles)
    {
    }
}

/// <summary>
/// The product of each pair of matrices, whose rows and columns may be strided and whose leading axes may repeat.
/// </summary>
internal sealed unsafe class MatMulKernel<T>(Instruction instruction, MatMulKernel<T>.Product product) : Kernel
    where T : unmanaged, INumber<T>
{
    private readonly View a = instruction.Operands[0];
    private readonly View b = instruction.Operands[1];
    private readonly View c = instruction.Results[0];
    private readonly int count = Leading(instruction.Results[0].Shape).Size;
    private readonly nint[] aStarts = Starts(instruction.Operands[0]);
    private readonly nint[] bStarts = Starts(instruction.Operands[1]);

    internal delegate void Product(
        int m, int n, int k, ref readonly T a, nint aRow, nint aColumn, ref readonly T b, nint bRow, nint bColumn,
        ref T c, nint cRow, Workers workers);

    public override void Run(Frame frame)
    {
        if (count < 2 * frame.Workers.Threads || frame.Workers.Threads == 1)
        {
            for (var i = 0; i < count; i++)
                Matrix(frame, i, frame.Workers);
        }
        else
        {
            Share(frame);
        }
    }

    // Of its own, so that the closure is made only where threads share the work.
    private void Share(Frame frame) => frame.Workers.Run(count, i => Matrix(frame, i, Workers.Single));

    private void Matrix(Frame frame, int index, Workers workers)
    {
        var (m, n, k) = (c.Shape[^2], c.Shape[^1], a.Shape[^1]);
        var x = frame.At<T>(a) + aStarts[index];
        var y = frame.At<T>(b) + bStarts[index];
        product(
            m, n, k,
            ref *x, a.Layout.Strides[^2], a.Layout.Strides[^1],
            ref *y, b.Layout.Strides[^2], b.Layout.Strides[^1],
            ref frame.At<T>(c)[(nint)index * m * n], n, workers);
    }

    /// <summary>How far from the start of the view each of its matrices lies.</summary>
    private static nint[] Starts(View view)
    {
        var leading = Leading(view.Shape);
        var layout = new Layout([.. view.Layout.Strides.Take(leading.Rank)], 0);
        var starts = new nint[leading.Size];
        for (var i = 0; i < starts.Length; i++)
            starts[i] = layout.Place(leading, i);
        return starts;
    }

    private static Shape Leading(Shape shape) => [.. shape.Take(shape.Rank - 2)];
}
