namespace DistGrad;

public partial class Tensor
{
    /// <summary>
    /// The cross-correlation with filters, as PyTorch's conv2d: images [n, c, h, w] with filters [o, c / groups, kh, kw]
    /// to [n, o, h', w'], h' = floor((h + 2 padding - dilation (kh - 1) - 1) / stride) + 1. Images are padded with
    /// zeros; each group of output channels sees its group of input channels.
    /// </summary>
    /// <exception cref="ShapeException">The shapes do not fit, or the filter is larger than the padded image.</exception>
    public Tensor Conv2d(Tensor filters, int stride = 1, int padding = 0, int dilation = 1, int groups = 1) =>
        Conv2d(filters, [stride, stride], [padding, padding], [dilation, dilation], groups);

    /// <summary>As the other, with a stride, padding and dilation for each of the two axes.</summary>
    /// <exception cref="ShapeException">The shapes do not fit, or the filter is larger than the padded image.</exception>
    public Tensor Conv2d(Tensor filters, int[] stride, int[] padding, int[] dilation, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(filters);
        const string Name = "conv2d";
        RequireImages(Name, this, filters, 4);
        var (over, dilated) = (Sliding(Name, stride, padding), Positive(Name, "dilation", dilation));
        return Grouped(Name, this, filters, over with { WindowDilation = dilated }, groups);
    }

    /// <summary>
    /// The cross-correlation with filters along one axis, as PyTorch's conv1d: [n, c, l] with [o, c / groups, k] to
    /// [n, o, l'], l' = floor((l + 2 padding - dilation (k - 1) - 1) / stride) + 1.
    /// </summary>
    /// <exception cref="ShapeException">The shapes do not fit, or the filter is longer than the padded axis.</exception>
    public Tensor Conv1d(Tensor filters, int stride = 1, int padding = 0, int dilation = 1, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(filters);
        const string Name = "conv1d";
        RequireImages(Name, this, filters, 3);
        var over = Sliding(Name, [1, stride], [0, padding]) with
        {
            WindowDilation = Positive(Name, "dilation", [1, dilation]),
        };
        return Grouped(Name, Unsqueeze(2), filters.Unsqueeze(2), over, groups).Squeeze(2);
    }

    /// <summary>
    /// The transpose of <see cref="Conv2d(Tensor, int, int, int, int)"/>, as PyTorch's conv_transpose2d: [n, c, h, w]
    /// with filters [c, o / groups, kh, kw] to [n, o, h', w'],
    /// h' = (h - 1) stride - 2 padding + dilation (kh - 1) + 1 + outputPadding.
    /// </summary>
    /// <exception cref="ShapeException">The shapes do not fit, or nothing is left of the result.</exception>
    public Tensor ConvTranspose2d(
        Tensor filters, int stride = 1, int padding = 0, int outputPadding = 0, int dilation = 1, int groups = 1) =>
        ConvTranspose2d(
            filters, [stride, stride], [padding, padding], [outputPadding, outputPadding], [dilation, dilation], groups);

    /// <summary>As the other, with numbers for each of the two axes.</summary>
    /// <exception cref="ShapeException">The shapes do not fit, or nothing is left of the result.</exception>
    public Tensor ConvTranspose2d(
        Tensor filters, int[] stride, int[] padding, int[] outputPadding, int[] dilation, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(filters);
        const string Name = "conv_transpose2d";
        RequireImages(Name, this, filters, 4);
        var strides = Positive(Name, "stride", stride);
        var (padded, further) = (AtLeastZero(Name, "padding", padding), AtLeastZero(Name, "padding", outputPadding));
        var dilated = Positive(Name, "dilation", dilation);
        RequireGroups(Name, Shape[1], filters.Shape[0], groups);
        Ints before = [.. Enumerable.Range(0, 2).Select(a => ((filters.Shape[2 + a] - 1) * dilated[a]) - padded[a])];
        Ints after = [.. before.Zip(further, (b, f) => b + f)];
        var (inputs, outputs) = (filters.Shape[0] / groups, filters.Shape[1]);
        var turned = filters.Reshape(filters.Shape.With(0, inputs).Insert(0, groups)).SwapAxes(1, 2).Flip(3, 4);
        Window window = new([1, 1], before, after, strides, dilated);
        var result = Apply(new Convolution(window), Reshape(Shape.With(1, inputs).Insert(1, groups)), turned);
        if (result.Shape[3] == 0 || result.Shape[4] == 0)
            throw new ShapeException($"{Name}: a padding of {padded} leaves nothing of {Shape} x {filters.Shape}");
        return result.Reshape(result.Shape.RemoveAt(1).With(1, groups * outputs));
    }

    private static Tensor Grouped(string operation, Tensor images, Tensor filters, Window window, int groups)
    {
        RequireGroups(operation, images.Shape[1], filters.Shape[0], groups);
        var (inputs, outputs) = (images.Shape[1] / groups, filters.Shape[0] / groups);
        if (inputs != filters.Shape[1])
            throw new ShapeException(
                $"{operation}: filters {filters.Shape} see {filters.Shape[1]} channels; " +
                $"a group of {images.Shape} has {inputs}");
        var result = Apply(
            new Convolution(window), images.Reshape(images.Shape.With(1, inputs).Insert(1, groups)),
            filters.Reshape(filters.Shape.With(0, outputs).Insert(0, groups)));
        if (result.Shape[3] == 0 || result.Shape[4] == 0)
            throw new ShapeException(
                $"{operation}: filters {filters.Shape} with dilations {window.WindowDilation} do not fit " +
                $"{images.Shape} padded by {window.Before}");
        return result.Reshape(result.Shape.RemoveAt(1).With(1, groups * outputs));
    }

    private static void RequireImages(string operation, Tensor images, Tensor filters, int rank)
    {
        if (images.Rank != rank || filters.Rank != rank)
            throw new ShapeException(
                $"{operation}: images and filters have {rank} axes; found {images.Shape} and {filters.Shape}");
        if (filters.Shape.Skip(2).Any(taps => taps == 0))
            throw new ShapeException($"{operation}: filters {filters.Shape} have no taps");
    }

    private static void RequireGroups(string operation, int channels, int filters, int groups)
    {
        if (groups < 1 || channels % groups != 0 || filters % groups != 0)
            throw new ShapeException(
                $"{operation}: {groups} groups do not divide {channels} channels and {filters} filters");
    }

    /// <summary>A window over neighbouring elements, padded alike on both sides.</summary>
    private static Window Sliding(string operation, int[] stride, int[] padding)
    {
        var padded = AtLeastZero(operation, "padding", padding);
        return Window.Of(Positive(operation, "stride", stride), padded, padded);
    }

    private static Ints Positive(string operation, string name, int[] numbers) =>
        AtLeast(1, operation, name, numbers);

    private static Ints AtLeastZero(string operation, string name, int[] numbers) =>
        AtLeast(0, operation, name, numbers);

    private static Ints AtLeast(int least, string operation, string name, int[] numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return numbers.Length == Window.Axes && numbers.All(n => n >= least) ? Ints.Of(numbers) : throw new OptionException(
            $"{operation}: a {name} of [{string.Join(", ", numbers)}]: " +
            $"{Window.Axes} numbers of at least {least} are needed");
    }
}
