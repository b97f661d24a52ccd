namespace DistGrad;

public partial class Tensor
{
    /// <summary>
    /// log of the sum of e^x over these axes, all when none is named, without overflow; of all -inf it
    /// is -inf, with gradient 0. The gradient of an element is 0 where it would be less than the smallest normal number
    /// (2^-126 in float32, 2^-1022 in float64), which no digit of the sum depends on.
    /// </summary>
    public Tensor LogSumExp(params int[] axes) => LogSumExp(axes, keepDims: false);

    /// <summary>
    /// log of the sum of e^x over these axes, which stay with length 1 when asked to; over all when none is named.
    /// </summary>
    public Tensor LogSumExp(IEnumerable<int> axes, bool keepDims) =>
        Reduced(this, "logsumexp", axes, keepDims, (x, a) => x.LogSumExp(a));

    /// <summary>
    /// e^x over its sum along an axis, without overflow; 0 where e^x over the greatest is less than the smallest normal
    /// number (2^-126 in float32, 2^-1022 in float64).
    /// </summary>
    public Tensor Softmax(int axis = -1)
    {
        var along = Along(axis, "softmax");
        var exponentials = Exponentials(this - Greatest(along));
        return exponentials / exponentials.Sum(along, keepDims: true);
    }

    /// <summary>log of <see cref="Softmax"/>, without overflow or loss of digits.</summary>
    public Tensor LogSoftmax(int axis = -1)
    {
        var along = Along(axis, "log_softmax");
        var shifted = this - Greatest(along);
        return shifted - Log(Exponentials(shifted).Sum(along, keepDims: true));
    }

    private Tensor LogSumExp(Ints axes)
    {
        RequireFloat("logsumexp");
        if (axes.Any(a => Shape[a] == 0))
            return Full(DType, Shape.Without(axes), double.NegativeInfinity);
        var greatest = Greatest(axes);
        return Log(Exponentials(this - greatest).Sum(axes)) + greatest.Reshape(Shape.Without(axes));
    }

    private Ints Along(int axis, string operation)
    {
        RequireFloat(operation);
        return [Shape.Axis(axis, operation)];
    }

    /// <summary>
    /// e^x of numbers of which the greatest is 0; 0 where it would be less than the smallest normal number. Subnormal
    /// weights count for nothing beside that of the greatest, 1, but on many processors a multiplication of one takes a
    /// hundred times as long as of another: where one weight in a hundred is subnormal, products of matrices take four
    /// times as long.
    /// </summary>
    private static Tensor Exponentials(Tensor shifted)
    {
        // A little above the logarithm of that number, as functions are rounded.
        var least = shifted.DType == DType.Float64 ? -708.39 : -87.33;
        return Exp(Where(shifted < least, double.NegativeInfinity, shifted));
    }

    /// <summary>
    /// The shift that keeps exponentials from overflowing: the greatest element, or 0 where that is infinite. Any shift
    /// gives the same function, so derivatives take it for a constant.
    /// </summary>
    private Tensor Greatest(Ints axes)
    {
        if (axes.Any(a => Shape[a] == 0))
            return Full(DType, Shape.Keeping(axes), 0);
        var greatest = StopGradient(Max(axes, keepDims: true));
        return Where(Abs(greatest) < double.PositiveInfinity, greatest, 0);
    }
}
