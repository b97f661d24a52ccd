using System.Runtime.InteropServices;
using DistGrad.Properties.Generators;
using DistGrad.Wire;
using FsCheck;
using FsCheck.Xunit;
using Xunit;
using static DistGrad.Properties.Generators.WireBytes;
using static DistGrad.Properties.Generators.WirePrograms;

namespace DistGrad.Properties.Laws;

/// <summary>
/// One content, one encoding: what is written is read as it was, to the bit, and however many applications there
/// are.
/// </summary>
public sealed class WireRoundTripLaws
{
    [Theory, MemberData(nameof(WirePrograms.Primitives), MemberType = typeof(WirePrograms))]
    public void EverySpecimenIsReadAsItWasWritten(string name)
    {
        foreach (var specimen in SpecimensOf(name))
            RequireRoundTrip(Applied(specimen));
    }

    [Theory, MemberData(nameof(WirePrograms.Samples), MemberType = typeof(WirePrograms))]
    public void EverySampleIsReadAsItWasWritten(string name) => RequireRoundTrip(SamplePrograms[name]);

    [Property(MaxTest = 200)]
    public void EveryArrayIsReadAsItWasWritten(DType dtype, NonNegativeInt[] sizes, byte[] noise)
    {
        Shape shape = [.. sizes.Take(4).Select(s => s.Get % 5)];
        var value = FromNoise(dtype, shape, noise);
        var bytes = value.ToWire();
        var again = Value.FromWire(bytes);
        Assert.Equal(value, again);
        Assert.Equal(bytes, again.ToWire());
    }

    [Fact]
    public void UnusualNumbersKeepTheirBits()
    {
        double[] doubles =
        [
            -0.0, double.Epsilon, double.PositiveInfinity, BitConverter.Int64BitsToDouble(0x7FF0_0000_0000_0001),
            BitConverter.Int64BitsToDouble(-1),
        ];
        float[] floats =
        [
            -0f, float.NegativeInfinity, BitConverter.Int32BitsToSingle(0x7F80_0001),
            BitConverter.Int32BitsToSingle(-1),
        ];
        foreach (var value in new[] { Value.Of<double>([5], doubles), Value.Of<float>([2, 2], floats) })
        {
            Assert.Equal(value, Value.FromWire(value.ToWire()));
            RequireRoundTrip(new("f", [], [Tensor.Of(value)]));
        }
    }

    [Fact]
    public void EmptyArraysOfAnyShapeAreReadAsTheyWereWritten()
    {
        foreach (var shape in new Shape[] { [0], [2, 0], [0, int.MaxValue], [int.MaxValue, 0, int.MaxValue] })
        {
            foreach (var dtype in DTypes.All)
                Assert.Equal(Value.Full(dtype, shape, 0), Value.FromWire(Value.Full(dtype, shape, 0).ToWire()));
        }
    }

    [Fact]
    public void EveryKindOfAttributeIsReadAsItWasWritten()
    {
        object[] contents =
        [
            true, false, 0, -1, 300, int.MinValue, int.MaxValue, long.MinValue, 1L << 40, -0.0, 0.1, double.NaN, "",
            "α and 𝔹", DType.Bool, Shape.Scalar, Shape.Of(1, 200, 70_000), Ints.Of([]), Ints.Of([1, -2, int.MinValue]),
            Value.Full(DType.Int32, [2], 7), Golden(),
        ];
        Assert.Superset(
            AttributeKind.All.Select(k => k.Type).ToHashSet(), contents.Select(c => c.GetType()).ToHashSet());
        foreach (var content in contents)
        {
            var kind = AttributeKind.All.Single(k => k.Type == content.GetType());
            var document = new Document<object>(
                "DGRT", (writer, c) => kind.Write(writer, c), (ref reader) => kind.Read(ref reader));
            var again = document.Read(document.Write(content));
            Assert.True(SameContent(content, again), $"{content} came back as {again}");
        }
    }

    [Fact]
    public void ListsOfArraysAreReadAsTheyWereWritten()
    {
        Value[] values =
            [Value.Scalar(DType.Float32, 1), Value.Full(DType.Bool, [3], 1), Value.Full(DType.Int64, [0], 0)];
        Assert.Equal(values, Document.Values.Read(Document.Values.Write(values)));
    }

    [Fact]
    public void AMillionApplicationsAreWrittenAndRead()
    {
        const int Length = 1_000_000;
        var x = Tensor.Parameter(new(DType.Float64, []), "x");
        var y = x;
        for (var i = 0; i < Length; i++)
            y = Tensor.Tanh(y);
        var program = new Lambda("chain", [x], [y]);
        // To be read is to be written again: the reader compares.
        var again = Lambda.FromWire(program.ToWire());
        Assert.Equal(Length, again.Body.Length);
    }

    private static Value FromNoise(DType dtype, Shape shape, byte[] noise)
    {
        Span<byte> bytes = new byte[shape.Size * 8];
        for (var i = 0; i < bytes.Length && noise.Length > 0; i++)
            bytes[i] = (byte)(noise[i % noise.Length] + (i / noise.Length));
        return dtype switch
        {
            DType.Float64 => Value.Of<double>(shape, MemoryMarshal.Cast<byte, double>(bytes)),
            DType.Float32 => Value.Of<float>(shape, MemoryMarshal.Cast<byte, float>(bytes)[..shape.Size]),
            DType.Int64 => Value.Of<long>(shape, MemoryMarshal.Cast<byte, long>(bytes)),
            DType.Int32 => Value.Of<int>(shape, MemoryMarshal.Cast<byte, int>(bytes)[..shape.Size]),
            _ => Value.Of<bool>(shape, [.. bytes[..shape.Size].ToArray().Select(b => b % 2 == 1)]),
        };
    }
}
