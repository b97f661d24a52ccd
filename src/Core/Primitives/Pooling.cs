namespace DistGrad;

public partial class Tensor
{
    /// <summary>
    /// The greatest of each window of the last two axes, as PyTorch's max_pool2d: [..., h, w] to [..., h', w'],
    /// h' = floor((h + 2 padding - kernel) / stride) + 1. The first of those that tie has the derivative; NaN wins.
    /// </summary>
    /// <param name="kernel">The length of the window along both axes.</param>
    /// <param name="stride">How far the window moves; its own length unless another is named.</param>
    /// <param name="padding">How far the window may begin outside, where it sees nothing; at most half its length.</param>
    /// <param name="ceilMode">Whether a last window that sees only a part of its length counts.</param>
    /// <exception cref="ShapeException">The window is larger than the padded array.</exception>
    public Tensor MaxPool2d(int kernel, int? stride = null, int padding = 0, bool ceilMode = false) =>
        MaxPool2d([kernel, kernel], stride is { } s ? [s, s] : null, [padding, padding], ceilMode);

    /// <summary>As the other, with numbers for each of the two axes; no padding is named by nothing.</summary>
    /// <exception cref="ShapeException">The window is larger than the padded array.</exception>
    public Tensor MaxPool2d(int[] kernel, int[]? stride = null, int[]? padding = null, bool ceilMode = false) =>
        MaxPool(PoolingOf("max_pool2d", this, kernel, stride, padding, ceilMode));

    /// <summary>
    /// The greatest of each window of the last axis, as PyTorch's max_pool1d: [..., l] to [..., l']; as
    /// <see cref="MaxPool2d(int, int?, int, bool)"/> along one axis.
    /// </summary>
    /// <exception cref="ShapeException">The window is longer than the padded axis.</exception>
    public Tensor MaxPool1d(int kernel, int? stride = null, int padding = 0, bool ceilMode = false)
    {
        Shape.Axis(-1, "max_pool1d");
        var row = Unsqueeze(-2);
        return row.MaxPool(PoolingOf(
            "max_pool1d", row, [1, kernel], [1, stride ?? kernel], [0, padding], ceilMode)).Squeeze(-2);
    }

    /// <summary>
    /// The mean of each window of the last two axes, as PyTorch's avg_pool2d: [..., h, w] to [..., h', w'], as
    /// <see cref="MaxPool2d(int, int?, int, bool)"/>.
    /// </summary>
    /// <param name="kernel">The length of the window along both axes.</param>
    /// <param name="stride">How far the window moves; its own length unless another is named.</param>
    /// <param name="padding">How far the window may begin outside; at most half its length.</param>
    /// <param name="ceilMode">Whether a last window that sees only a part of its length counts.</param>
    /// <param name="countPadding">Whether the mean counts the padding, as zeros, or only elements.</param>
    /// <exception cref="ShapeException">The window is larger than the padded array.</exception>
    public Tensor AvgPool2d(
        int kernel, int? stride = null, int padding = 0, bool ceilMode = false, bool countPadding = true) =>
        AvgPool2d(
            [kernel, kernel], stride is { } s ? [s, s] : null, [padding, padding], ceilMode, countPadding);

    /// <summary>As the other, with numbers for each of the two axes; no padding is named by nothing.</summary>
    /// <exception cref="ShapeException">The window is larger than the padded array.</exception>
    public Tensor AvgPool2d(
        int[] kernel, int[]? stride = null, int[]? padding = null, bool ceilMode = false, bool countPadding = true) =>
        AvgPool(PoolingOf("avg_pool2d", this, kernel, stride, padding, ceilMode), countPadding);

    /// <summary>
    /// The mean of each window of the last axis, as PyTorch's avg_pool1d: [..., l] to [..., l']; as
    /// <see cref="AvgPool2d(int, int?, int, bool, bool)"/> along one axis.
    /// </summary>
    /// <exception cref="ShapeException">The window is longer than the padded axis.</exception>
    public Tensor AvgPool1d(
        int kernel, int? stride = null, int padding = 0, bool ceilMode = false, bool countPadding = true)
    {
        Shape.Axis(-1, "avg_pool1d");
        var row = Unsqueeze(-2);
        return row.AvgPool(
            PoolingOf("avg_pool1d", row, [1, kernel], [1, stride ?? kernel], [0, padding], ceilMode),
            countPadding).Squeeze(-2);
    }

    private Tensor MaxPool(Pooling pooling)
    {
        var index = Apply(new WindowArgMax(pooling.Size, pooling.Strides, pooling.Padding, pooling.After), this);
        return Flat(this).Gather(Flat(index), -1).Reshape(index.Shape);

        static Tensor Flat(Tensor x) => x.Reshape(x.Shape.RemoveAt(x.Rank - 1).With(x.Rank - 2, x.Shape[^2] * x.Shape[^1]));
    }

    private Tensor AvgPool(Pooling pooling, bool countPadding)
    {
        RequireFloat(pooling.Operation);
        var window = Window.Of(pooling.Strides, pooling.Padding, pooling.After);
        var sums = Apply(new WindowSum(pooling.Size, window), this);
        double[] rows = Counts(0, sums.Shape[^2]), columns = Counts(1, sums.Shape[^1]);
        if (rows.Concat(columns).All(n => n == 1) || sums.Shape.Size == 0)
            return sums;
        if (rows.Distinct().Count() == 1 && columns.Distinct().Count() == 1)
            return sums / (rows[0] * columns[0]);
        var counts = rows.SelectMany(r => columns.Select(c => r * c));
        return sums / Of(counts, rows.Length, columns.Length).Cast(DType);

        // How many of a window's taps count at each place of an axis: padding does, when asked to, but what ceilMode
        // adds behind it does not.
        double[] Counts(int axis, int places)
        {
            var (length, padding) = (Shape[Rank - 2 + axis], pooling.Padding[axis]);
            return [.. Enumerable.Range(0, places).Select(place =>
            {
                var first = (place * pooling.Strides[axis]) - padding;
                var end = Math.Min(first + pooling.Size[axis], length + padding);
                return (double)(countPadding ? end - first : Math.Min(end, length) - Math.Max(first, 0));
            })];
        }
    }

    private static Pooling PoolingOf(
        string operation, Tensor x, int[] kernel, int[]? stride, int[]? padding, bool ceilMode)
    {
        if (x.Rank < Window.Axes)
            throw new ShapeException($"{operation}: {x.Shape} has not the {Window.Axes} axes that a window slides over");
        var size = Positive(operation, "kernel", kernel);
        var strides = stride is null ? size : Positive(operation, "stride", stride);
        var before = AtLeastZero(operation, "padding", padding ?? [0, 0]);
        var after = new int[Window.Axes];
        for (var axis = 0; axis < Window.Axes; axis++)
        {
            var length = x.Shape[x.Rank - 2 + axis];
            var (room, half) = (length + (2L * before[axis]) - size[axis], size[axis] / 2);
            if (before[axis] > half)
                throw new OptionException(
                    $"{operation}: a padding of {before[axis]} is more than half of the kernel {size[axis]}");
            if (room < 0 || length == 0)
                throw new ShapeException(
                    $"{operation}: a kernel of {size} does not fit {x.Shape} padded by {before}");
            var more = ceilMode && room % strides[axis] > 0 &&
                ((room / strides[axis]) + 1) * strides[axis] < length + before[axis] ? 1 : 0;
            var last = ((room / strides[axis]) + more) * strides[axis];
            after[axis] = checked((int)(last + size[axis] - length - before[axis]));
        }
        return new(operation, size, strides, before, Ints.Of(after));
    }

    private readonly record struct Pooling(string Operation, Ints Size, Ints Strides, Ints Padding, Ints After);
}
