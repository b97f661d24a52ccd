using System.Collections.Immutable;
using System.Globalization;
using Xunit;

namespace DistGrad.Properties.Generators;

/// <summary>How equal two results are to be.</summary>
static class Near
{
    /// <summary>Within a tolerance relative to the numbers, and absolute near 0.</summary>
    public static void Relative(double tolerance, double[] expected, double[] found, string of)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var isNear = Math.Abs(expected[i] - found[i]) <= tolerance * (1 + Math.Abs(expected[i]));
            if (!isNear && !expected[i].Equals(found[i]))
                Assert.Fail(string.Create(
                    CultureInfo.InvariantCulture, $"{of}: at {i} expected {expected[i]:R}, found {found[i]:R}"));
        }
    }

    /// <summary>
    /// Within so many units in the last place of the expected numbers of the values' dtype; NaN
    /// for NaN, infinities alike.
    /// </summary>
    public static void Ulps(double ulps, Value expected, Value found, string of)
    {
        SameType(expected, found, of);
        for (var i = 0; i < expected.Shape.Size; i++)
        {
            var isNear = expected.DType.IsFloat
                ? WithinUlps(ulps, expected.Double(i), found.Double(i), expected.DType)
                : expected.Long(i) == found.Long(i);
            if (!isNear)
                Assert.Fail(Told(expected, found, i, of));
        }
    }

    /// <summary>The same bits, where one NaN is like another.</summary>
    public static void Bits(Value expected, Value found, string of)
    {
        SameType(expected, found, of);
        for (var i = 0; i < expected.Shape.Size; i++)
        {
            if (!SameBits(expected, found, i))
                Assert.Fail(Told(expected, found, i, of));
        }
    }

    public static void Bits(ImmutableArray<Value> expected, ImmutableArray<Value> found, string of)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Bits(expected[i], found[i], $"{of}, result {i}");
    }

    static bool SameBits(Value x, Value y, int i) => x.DType.IsFloat
        ? x.Double(i).Equals(y.Double(i)) &&
            (double.IsNaN(x.Double(i)) || double.IsNegative(x.Double(i)) == double.IsNegative(y.Double(i)))
        : x.Long(i) == y.Long(i);

    static bool WithinUlps(double ulps, double expected, double found, DType dtype)
    {
        if (expected.Equals(found))
            return true;
        var unit = dtype == DType.Float32
            ? (double)(float.BitIncrement((float)Math.Abs(expected)) - (float)Math.Abs(expected))
            : Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected);
        return Math.Abs(expected - found) <= ulps * unit;
    }

    static void SameType(Value expected, Value found, string of) =>
        Assert.True(expected.DType == found.DType && expected.Shape == found.Shape,
            $"{of}: expected {expected.DType}{expected.Shape}, found {found.DType}{found.Shape}");

    static string Told(Value expected, Value found, int i, string of) => expected.DType.IsFloat
        ? string.Create(
            CultureInfo.InvariantCulture, $"{of}: at {i} expected {expected.Double(i):R}, found {found.Double(i):R}")
        : $"{of}: at {i} expected {expected.Long(i)}, found {found.Long(i)}";

    /// <summary>Some elements of large values, from all over them, and all of small ones.</summary>
    public static IEnumerable<Value> Sampled(IEnumerable<Value> values)
    {
        const int Most = 1009;
        return values.Select(v => v.Shape.Size <= Most
            ? v
            : Value.Pick(v, [Most], place => (int)((long)place * v.Shape.Size / Most)));
    }
}
