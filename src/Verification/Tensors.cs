using FsCheck;
using FsCheck.Fluent;

namespace DistGrad.Verification;

/// <summary>Generators of tensors, with shrinkers towards zeros and whole numbers.</summary>
public static class Tensors
{
    private static readonly double[] SpecialNumbers =
    [
        double.NaN, 0.0, -0.0, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -double.Epsilon,
        float.Epsilon, 1, -1, float.MaxValue, double.MaxValue, double.MinValue,
    ];

    /// <summary>
    /// Tensors of one type, with elements between two bounds; the upper one is excluded for integers.
    /// </summary>
    public static Arbitrary<Tensor> Of(Shape shape, DType dtype = DType.Float64, double low = -2, double high = 2)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return Arb.From(
            from elements in Gen.ArrayOf(Element(dtype, low, high), shape.Size)
            select Make(dtype, shape, elements),
            tensor => Simpler(tensor, low, high));
    }

    /// <summary>Tensors of any shape among these, with elements between two bounds.</summary>
    public static Arbitrary<Tensor> Of(
        Arbitrary<Shape> shapes, DType dtype = DType.Float64, double low = -2, double high = 2)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        return Arb.From(
            shapes.Generator.SelectMany(shape => Of(shape, dtype, low, high).Generator),
            tensor => shapes.Shrinker(tensor.Shape)
                .Where(s => s.Size <= tensor.Shape.Size)
                .Select(s => Make(dtype, s, [.. Elements(tensor).Take(s.Size)]))
                .Concat(Simpler(tensor, low, high)));
    }

    /// <summary>
    /// Floating-point tensors in which every other element or so is NaN, an infinity, a zero of either
    /// sign, subnormal or very large.
    /// </summary>
    public static Arbitrary<Tensor> Special(Shape shape, DType dtype = DType.Float64)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var element = Gen.OneOf(Element(dtype, -2, 2), Gen.Elements(SpecialNumbers));
        return Arb.From(
            from elements in Gen.ArrayOf(element, shape.Size)
            select Make(dtype, shape, elements),
            tensor => Simpler(tensor, double.NegativeInfinity, double.PositiveInfinity));
    }

    /// <summary>The elements of a closed tensor as doubles, in row-major order.</summary>
    public static IReadOnlyList<double> Elements(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var value = tensor.ToValue();
        return value.DType switch
        {
            DType.Float64 => [.. value.AsSpan<double>()],
            DType.Float32 => [.. value.AsSpan<float>().ToArray().Select(x => (double)x)],
            DType.Int64 => [.. value.AsSpan<long>().ToArray().Select(x => (double)x)],
            DType.Int32 => [.. value.AsSpan<int>().ToArray().Select(x => (double)x)],
            _ => [.. value.AsSpan<bool>().ToArray().Select(x => x ? 1.0 : 0.0)],
        };
    }

    /// <summary>The tensor of these elements, rounded to its dtype.</summary>
    public static Tensor Make(DType dtype, Shape shape, IReadOnlyList<double> elements) => Tensor.FromValue(dtype switch
    {
        DType.Float64 => Value.Of<double>(shape, elements.ToArray()),
        DType.Float32 => Value.Of<float>(shape, elements.Select(x => (float)x).ToArray()),
        DType.Int64 => Value.Of<long>(shape, elements.Select(x => (long)x).ToArray()),
        DType.Int32 => Value.Of<int>(shape, elements.Select(x => (int)x).ToArray()),
        _ => Value.Of<bool>(shape, elements.Select(x => x != 0).ToArray()),
    });

    private static Gen<double> Element(DType dtype, double low, double high) => dtype switch
    {
        DType.Float64 or DType.Float32 => from u in Gen.Choose(0, 1 << 30) select low + ((high - low) * u / (1 << 30)),
        DType.Bool => from bit in Gen.Choose(0, 1) select (double)bit,
        _ => from n in Gen.Choose((int)Math.Ceiling(low), (int)Math.Ceiling(high) - 1) select (double)n,
    };

    private static IEnumerable<Tensor> Simpler(Tensor tensor, double low, double high)
    {
        var elements = Elements(tensor);
        var zero = low <= 0 && high > 0 ? 0 : Math.Ceiling(low);
        if (zero < high && elements.Any(x => x != zero))
        {
            yield return Make(tensor.DType, tensor.Shape, [.. elements.Select(_ => zero)]);
            for (var i = 0; i < elements.Count; i++)
            {
                if (elements[i] != zero)
                    yield return Make(tensor.DType, tensor.Shape, [.. elements.Select((x, k) => k == i ? zero : x)]);
            }
        }
        if (elements.Any(x => Math.Round(x) != x && Math.Round(x) >= low && Math.Round(x) < high))
            yield return Make(tensor.DType, tensor.Shape, [.. elements.Select(x => Whole(x, low, high))]);
    }

    private static double Whole(double x, double low, double high) =>
        Math.Round(x) is var whole && whole >= low && whole < high ? whole : x;
}
