using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Element by element in double precision, as the primitive means it: nothing in it depends on a platform.
/// </summary>
internal sealed unsafe class PolygammaKernel<T>(Instruction instruction) : Kernel where T : unmanaged, INumber<T>
{
    private readonly Reader<T> x = new(instruction.Operands[0]);
    private readonly View y = instruction.Results[0];
    private readonly Polygamma polygamma = (Polygamma)instruction.Primitive;

    public override void Run(Frame frame) => InParts(frame, y.Shape.Size);

    protected override void Part(Frame frame, int start, int count)
    {
        var scratch = stackalloc T[Reader<T>.Block];
        var to = frame.At<T>(y);
        for (var done = 0; done < count;)
        {
            var block = Math.Min(Reader<T>.Block, count - done);
            var from = x.Read(frame, start + done, block, scratch);
            for (var i = 0; i < block; i++)
                to[start + done + i] = T.CreateTruncating(polygamma.Of(double.CreateTruncating(from[i])));
            done += block;
        }
    }
}
