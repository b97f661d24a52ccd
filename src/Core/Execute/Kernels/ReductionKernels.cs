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
