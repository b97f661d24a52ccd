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
    // Threads take several shares of a batch each, so that one that is held up gets fewer.
    private const int SharesPerThread = 4;

    // What a call costs beside its work, in multiply-adds.
    private const nint Call = 1 << 10;

    private readonly View a = instruction.Operands[0];
    private readonly View b = instruction.Operands[1];
    private readonly View c = instruction.Results[0];
    private readonly int m = instruction.Results[0].Shape[^2];
    private readonly int n = instruction.Results[0].Shape[^1];
    private readonly int k = instruction.Operands[0].Shape[^1];
    private readonly int count = Leading(instruction.Results[0].Shape).Size;
    private readonly nint[] aStarts = Starts(instruction.Operands[0]);
    private readonly nint[] bStarts = Starts(instruction.Operands[1]);

    internal delegate void Product(
        int m, int n, int k, ref readonly T a, nint aRow, nint aColumn, ref readonly T b, nint bRow, nint bColumn,
        ref T c, nint cRow, Workers workers);

    public override void Run(Frame frame)
    {
        var threads = frame.Workers.Threads;
        var isBatch = count >= 2 * threads && count * (((nint)m * n * k) + Call) >= 2 * MatrixProduct.WorthAThread;
        if (threads > 1 && isBatch)
            Share(frame, Math.Min(count, SharesPerThread * threads));
        else
            Matrices(frame, 0, count, frame.Workers);
    }

    private void Share(Frame frame, int shares) => frame.Workers.Run(
        shares, (Kernel: this, frame, count: (long)count, shares), static (s, share) => s.Kernel.Matrices(
            s.frame, (int)(s.count * share / s.shares), (int)(s.count * (share + 1) / s.shares), Workers.Single));

    private void Matrices(Frame frame, int first, int end, Workers workers)
    {
        T* x = frame.At<T>(a), y = frame.At<T>(b), z = frame.At<T>(c);
        var (aRow, aColumn) = (a.Layout.Strides[^2], a.Layout.Strides[^1]);
        var (bRow, bColumn) = (b.Layout.Strides[^2], b.Layout.Strides[^1]);
        for (var i = first; i < end; i++)
        {
            product(
                m, n, k, ref x[aStarts[i]], aRow, aColumn, ref y[bStarts[i]], bRow, bColumn,
                ref z[(nint)i * m * n], n, workers);
        }
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
