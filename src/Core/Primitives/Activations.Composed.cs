namespace DistGrad;

public partial class Tensor
{
    /// <summary>x where it is positive, else slope x; its derivative at 0 is the slope.</summary>
    public static Tensor LeakyRelu(Tensor x, double slope = 0.01) => Where(x > 0, x, slope * x);

    /// <summary>x kept within [0, 6]; its derivative at 0 and 6 is 0.</summary>
    public static Tensor Relu6(Tensor x) => Where(x >= 6, 6, Relu(x));

    /// <summary>x where it is positive, else alpha (e^x - 1) (Clevert et al. 2016); its derivative at 0 is alpha.</summary>
    public static Tensor Elu(Tensor x, double alpha = 1) => Where(x > 0, x, alpha * Expm1(x));

    /// <summary>
    /// <see cref="Elu"/> of such an alpha and scale that layers keep mean 0 and variance 1 (Klambauer et al. 2017).
    /// </summary>
    public static Tensor Selu(Tensor x) => 1.0507009873554805 * Elu(x, 1.6732632423543772);

    /// <summary>
    /// x where it is positive, else alpha (e^(x / alpha) - 1) (Barron 2017); its derivative is continuous.
    /// </summary>
    public static Tensor Celu(Tensor x, double alpha = 1) => Where(x > 0, x, alpha * Expm1(x / alpha));

    /// <summary>x Phi(x), with Phi the distribution of the standard normal (Hendrycks and Gimpel 2016).</summary>
    public static Tensor Gelu(Tensor x) => 0.5 * x * (1 + Erf(x * double.Sqrt(0.5)));

    /// <summary>
    /// <see cref="Gelu"/>, nearly: x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
    /// </summary>
    public static Tensor GeluTanh(Tensor x) =>
        0.5 * x * (1 + Tanh(double.Sqrt(2 / Math.PI) * (x + (0.044715 * (x * x * x)))));

    /// <summary>x sigmoid(x), also called swish.</summary>
    public static Tensor Silu(Tensor x) => x * Sigmoid(x);

    /// <summary>x tanh(softplus(x)) (Misra 2019).</summary>
    public static Tensor Mish(Tensor x) => x * Tanh(Softplus(x));

    /// <summary>log(sigmoid(x)), exact at both ends.</summary>
    public static Tensor LogSigmoid(Tensor x) => -Softplus(-x);

    /// <summary>x / (1 + |x|), with all digits of its derivative, and 1 of the sign at infinity.</summary>
    public static Tensor Softsign(Tensor x)
    {
        var share = 1 / (1 + Abs(x));
        // The quotient's derivative would lose the digits of a large x, the difference's value those of a small one.
        return Where(Abs(x) < 1, x * share, Sign(x) * (1 - share));
    }

    /// <summary>x kept within [least, greatest]; its derivative at both and outside is 0.</summary>
    public static Tensor HardTanh(Tensor x, double least = -1, double greatest = 1) =>
        Where(x <= least, least, Where(x >= greatest, greatest, x));

    /// <summary>(x + 3) / 6 kept within [0, 1]; its derivative at both ends is 0.</summary>
    public static Tensor HardSigmoid(Tensor x) => Where(x <= -3, 0, Where(x >= 3, 1, (x / 6) + 0.5));

    /// <summary>x <see cref="HardSigmoid"/>(x).</summary>
    public static Tensor HardSwish(Tensor x) => x * HardSigmoid(x);

    /// <summary>
    /// The first half along an axis times the sigmoid of the second half (Dauphin et al. 2017).
    /// </summary>
    /// <exception cref="ShapeException">The axis has no halves.</exception>
    public static Tensor Glu(Tensor x, int axis = -1)
    {
        ArgumentNullException.ThrowIfNull(x);
        var along = x.Shape.Axis(axis, "glu");
        var (half, odd) = Math.DivRem(x.Shape[along], 2);
        return odd == 0 ? x.Narrow(along, 0, half) * Sigmoid(x.Narrow(along, half, half)) : throw new ShapeException(
            $"glu: the {x.Shape[along]} of axis {along} of {x.Shape} are not two halves");
    }
}
