using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>A layer of filters that slide over images, and a number added to each channel of the result.</summary>
/// <param name="Filters">[outputs, inputs / groups, kernel, kernel].</param>
/// <param name="Bias">[outputs].</param>
/// <param name="Stride">How far filters move from place to place.</param>
/// <param name="Padding">How many zeros surround an image.</param>
/// <param name="Dilation">How far apart the elements are that neighbours in a filter see.</param>
/// <param name="Groups">Into how many groups channels are divided, which do not see each other.</param>
public sealed record Conv2d(
    Tensor Filters, Tensor Bias, int Stride = 1, int Padding = 0, int Dilation = 1, int Groups = 1)
{
    /// <summary>
    /// A layer of square filters, drawn by <see cref="Initialiser.He"/> unless another is named (its fan-in is what a
    /// filter sees), and a bias of zeros.
    /// </summary>
    /// <exception cref="ShapeException">The groups do not divide the channels.</exception>
    public static Conv2d Create(
        Key key,
        int inputs,
        int outputs,
        int kernel,
        int stride = 1,
        int padding = 0,
        int dilation = 1,
        int groups = 1,
        Initialiser? initialiser = null,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        if (groups < 1 || inputs % groups != 0 || outputs % groups != 0)
            throw new ShapeException($"Conv2d: {groups} groups do not divide {inputs} inputs and {outputs} outputs");
        var (seen, drawn) = (inputs / groups, initialiser ?? Initialiser.He);
        var columns = drawn.Draw(key, [seen * kernel * kernel, outputs], dtype, file, line);
        return new(
            columns.SwapAxes().Reshape(outputs, seen, kernel, kernel), Tensor.Zeros([outputs], dtype), stride, padding,
            dilation, groups);
    }

    /// <summary>[n, inputs, h, w] to [n, outputs, h', w'], as <see cref="Tensor.Conv2d(Tensor, int, int, int, int)"/>.</summary>
    /// <exception cref="ShapeException">The images have other channels, or are smaller than a filter.</exception>
    public Tensor Apply(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Conv2d(Filters, Stride, Padding, Dilation, Groups) + Bias.Reshape(-1, 1, 1);
    }
}
