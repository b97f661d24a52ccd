using System.Numerics;
using DistGrad.Execute.Loops;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Matrix products, and a loop that takes in each part of them as soon as it is complete; until the loop is compiled,
/// once they are all there.
/// </summary>
internal sealed unsafe class FusedMatMulKernel<T> : Kernel
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly MatMulKernel<T> product;
    private readonly EpilogueKernel epilogue;

    public FusedMatMulKernel(Instruction instruction)
    {
        var fused = (FusedMatMul)instruction.Primitive;
        product = new(
            instruction with { Operands = instruction.Operands[..2], Results = [Product(fused.Product)] },
            MatrixProduct.Multiply);
        epilogue = new(
            instruction with
            {
                Primitive = fused.Epilogue,
                Operands = [Product(fused.Epilogue.Body.Parameters[0].Type), .. instruction.Operands[2..]],
                Results = instruction.Results[..fused.Epilogue.Body.Results.Length],
            },
            fused.Product.Shape[^1], fused.KeepsProduct);

        View Product(TensorType type)
        {
            var home = instruction.Results[fused.Home];
            return home with { Type = type, Layout = new(type.Shape.Strides(), home.Layout.Offset) };
        }
    }

    public override void Compile() => epilogue.Compile();

    public override void Run(Frame frame)
    {
        if (epilogue.CanFinish)
        {
            var starts = stackalloc byte*[epilogue.Slots];
            epilogue.Begin(frame, starts);
            product.Run(frame, new(epilogue, starts));
        }
        else
        {
            product.Run(frame);
            epilogue.Run(frame);
        }
    }
}
