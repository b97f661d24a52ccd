using Xunit;

namespace DistGrad.Properties.Laws;

public class CostLaws
{
    [Fact]
    public void AMatrixProductCostsTwoForEachTerm()
    {
        var program = Diff.Trace((Tensor.Zeros([3, 5]), Tensor.Zeros([5, 7])), t => t.Item1.MatMul(t.Item2));
        var cost = program.Cost();
        Assert.Equal(2 * 3 * 5 * 7, cost.Flops);
        Assert.Equal(1, cost.Applications);
        Assert.Equal(1, cost.Instructions);
        Assert.Equal(4 * ((3 * 5) + (5 * 7)), cost.ParameterBytes);
        Assert.Equal(4 * 3 * 7, cost.ResultBytes);
        Assert.Equal(0, cost.ScratchBytes);
    }

    [Fact]
    public void AGradientCostsAFewTimesTheValue()
    {
        static Tensor F(Tensor x) => Tensor.Sin(x.MatMul(x)).Sum();
        var x = Tensor.Zeros([40, 40]);
        var (value, gradient) = (Diff.Trace(x, F).Cost(), Diff.Trace(x, Diff.Grad(F)).Cost());
        Assert.InRange(gradient.Flops, value.Flops, 5 * value.Flops);
    }
}
