using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

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
        ref T c, nint cRow, Workers workers, MatrixEpilogue epilogue);

    public override void Run(Frame frame) => Run(frame, default);

    /// <summary>The products, each with what is done with its elements once they are complete.</summary>
    public void Run(Frame frame, MatrixEpilogue epilogue)
    {
        var threads = frame.Workers.Threads;
        var isBatch = count >= 2 * threads && count * (((nint)m * n * k) + Call) >= 2 * MatrixProduct.WorthAThread;
        if (threads > 1 && isBatch)
            Share(frame, epilogue, Math.Min(count, SharesPerThread * threads));
        else
            Matrices(frame, epilogue, 0, count, frame.Workers);
    }

    private void Share(Frame frame, MatrixEpilogue epilogue, int shares) => frame.Workers.Run(
        shares, (Kernel: this, frame, epilogue, count: (long)count, shares), static (s, share) => s.Kernel.Matrices(
            s.frame, s.epilogue, (int)(s.count * share / s.shares), (int)(s.count * (share + 1) / s.shares),
            Workers.Single));

    private void Matrices(Frame frame, MatrixEpilogue epilogue, int first, int end, Workers workers)
    {
        T* x = frame.At<T>(a), y = frame.At<T>(b), z = frame.At<T>(c);
        var (aRow, aColumn) = (a.Layout.Strides[^2], a.Layout.Strides[^1]);
        var (bRow, bColumn) = (b.Layout.Strides[^2], b.Layout.Strides[^1]);
        for (var i = first; i < end; i++)
        {
            product(
                m, n, k, ref x[aStarts[i]], aRow, aColumn, ref y[bStarts[i]], bRow, bColumn,
                ref z[(nint)i * m * n], n, workers, epilogue.From((nint)i * m, 0));
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
