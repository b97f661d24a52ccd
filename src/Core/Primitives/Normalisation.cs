using System.Runtime.CompilerServices;

namespace DistGrad;

/// <summary>A batch brought to mean 0 and variance 1, and what is known of the data after it.</summary>
/// <param name="Y">The batch, normalised, scaled and shifted.</param>
/// <param name="Mean">The running mean of each channel.</param>
/// <param name="Variance">The running variance of each channel.</param>
public sealed record BatchNormalised(Tensor Y, Tensor Mean, Tensor Variance);

public partial class Tensor
{
    /// <summary>
    /// (x - mean) / sqrt(variance + eps) gamma + beta, with the mean and variance (of divisor n) over the trailing axes,
    /// as many as gamma has (Ba et al. 2016).
    /// </summary>
    /// <param name="gamma">The scale; its shape is that of the last axes.</param>
    /// <param name="beta">The shift, of the shape of gamma.</param>
    /// <param name="eps">What keeps a variance of 0 from dividing.</param>
    /// <exception cref="ShapeException">The last axes are not of gamma's shape.</exception>
    public Tensor LayerNorm(Tensor gamma, Tensor beta, double eps = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(gamma);
        ArgumentNullException.ThrowIfNull(beta);
        if (gamma.Rank == 0 || gamma.Shape != beta.Shape || !Shape.TakeLast(gamma.Rank).SequenceEqual(gamma.Shape))
            throw new ShapeException(
                $"layer_norm: {gamma.Shape} and {beta.Shape} are not the last axes of {Shape}");
        int[] axes = [.. Enumerable.Range(Rank - gamma.Rank, gamma.Rank)];
        return (Standardised(axes, eps) * gamma) + beta;
    }

    /// <summary>x / sqrt(mean of x^2 over the last axis + eps) gamma (Zhang and Sennrich 2019).</summary>
    /// <exception cref="ShapeException">Gamma is not a vector of the last axis.</exception>
    public Tensor RmsNorm(Tensor gamma, double eps = 1e-6)
    {
        ArgumentNullException.ThrowIfNull(gamma);
        if (Rank == 0 || gamma.Rank != 1 || gamma.Shape[0] != Shape[^1])
            throw new ShapeException($"rms_norm: {gamma.Shape} is not the last axis of {Shape}");
        return this * Rsqrt(Square(this).Mean([-1], keepDims: true) + eps) * gamma;
    }

    /// <summary>
    /// As <see cref="LayerNorm"/>, over all axes of each group of neighbouring channels, which are axis 1 (Wu and He
    /// 2018); groups of one channel each are instance normalisation.
    /// </summary>
    /// <exception cref="ShapeException">The groups do not divide the channels, or there is not a number for each.</exception>
    public Tensor GroupNorm(int groups, Tensor gamma, Tensor beta, double eps = 1e-5)
    {
        RequireChannels("group_norm", gamma, beta);
        if (groups < 1 || Shape[1] % groups != 0)
            throw new ShapeException($"group_norm: {groups} groups do not divide the {Shape[1]} channels of {Shape}");
        var rows = Reshape(Shape.Create([Shape[0], groups, Shape.Skip(1).Aggregate(1, (n, d) => n * d) / groups]));
        return (rows.Standardised([-1], eps).Reshape(Shape) * OfChannels(gamma)) + OfChannels(beta);
    }

    /// <summary>
    /// A batch normalised by its own mean and variance (of divisor n) for each channel, which is axis 1, scaled by gamma
    /// and shifted by beta; and the running mean and variance (of divisor n - 1) moved towards the batch's by the
    /// momentum (Ioffe and Szegedy 2015; PyTorch's batch_norm when training).
    /// </summary>
    /// <exception cref="ShapeException">
    /// There is not a number for each channel, or a channel has one element only, which has no variance.
    /// </exception>
    public BatchNormalised BatchNorm(
        Tensor gamma, Tensor beta, Tensor mean, Tensor variance, double momentum = 0.1, double eps = 1e-5)
    {
        RequireChannels("batch_norm", gamma, beta, mean, variance);
        int[] axes = [.. Enumerable.Range(0, Rank).Where(a => a != 1)];
        var n = Shape.Size / Math.Max(Shape[1], 1);
        if (n < 2)
            throw new ShapeException($"batch_norm: the channels of {Shape} have {n} elements each; a variance needs 2");
        var found = Mean(axes, keepDims: true);
        var centred = this - found;
        var squares = (centred * centred).Sum(axes, keepDims: true);
        var y = (centred * Rsqrt((squares / n) + eps) * OfChannels(gamma)) + OfChannels(beta);
        return new(
            y, ((1 - momentum) * mean) + (momentum * found.Flatten()),
            ((1 - momentum) * variance) + (momentum * (squares.Flatten() / (n - 1))));
    }

    /// <summary>
    /// (x - mean) / sqrt(variance + eps) gamma + beta, with a number for each channel, which is axis 1: what
    /// <see cref="BatchNorm"/> is when trained.
    /// </summary>
    /// <exception cref="ShapeException">There is not a number for each channel.</exception>
    public Tensor BatchNormTrained(Tensor gamma, Tensor beta, Tensor mean, Tensor variance, double eps = 1e-5)
    {
        RequireChannels("batch_norm", gamma, beta, mean, variance);
        return ((this - OfChannels(mean)) * OfChannels(Rsqrt(variance + eps) * gamma)) + OfChannels(beta);
    }

    /// <summary>
    /// Each element 0 with probability p, and else divided by 1 - p, so that its mean stays (Srivastava et al. 2014).
    /// </summary>
    /// <exception cref="OptionException">p is not within [0, 1].</exception>
    public static Tensor Dropout(
        Key key, Tensor x, double p, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(x);
        if (!(p is >= 0 and <= 1))
            throw new OptionException(string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"dropout: a probability of {p} is not within [0, 1]"));
        x.RequireFloat("dropout");
        var drawn = Apply(new RandomUniform(x.Shape, x.DType), key.Spend(file, line));
        return p == 1 ? ZerosLike(x) : Where(drawn >= p, x / (1 - p), 0);
    }

    /// <summary>With mean 0 and variance 1, or nearly, over these axes.</summary>
    private Tensor Standardised(int[] axes, double eps)
    {
        var centred = this - Mean(axes, keepDims: true);
        return centred * Rsqrt(Square(centred).Mean(axes, keepDims: true) + eps);
    }

    private Tensor OfChannels(Tensor x) => x.Reshape([-1, .. Enumerable.Repeat(1, Rank - 2)]);

    private void RequireChannels(string operation, params Tensor[] numbers)
    {
        RequireFloat(operation);
        foreach (var x in numbers)
        {
            ArgumentNullException.ThrowIfNull(x);
            if (Rank < 2 || x.Rank != 1 || x.Shape[0] != Shape[1])
                throw new ShapeException(
                    $"{operation}: {x.Shape} is not a number for each of the channels, axis 1, of {Shape}");
        }
    }
}
