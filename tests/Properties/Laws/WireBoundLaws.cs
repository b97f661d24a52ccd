using System.Buffers;
using DistGrad.Wire;
using Xunit;
using static DistGrad.Properties.Generators.WireBytes;
using static DistGrad.Properties.Generators.WirePrograms;

namespace DistGrad.Properties.Laws;

/// <summary>
/// What is read is bounded: no allocation that the bytes do not pay for, and limits on axes and depth that the
/// writer keeps too.
/// </summary>
public sealed class WireBoundLaws
{
    /// <summary>
    /// What a refusal may allocate beside what its input justifies. To tell the user's line it reads the stack with its
    /// symbols, which took 0.3 MB when measured; the least that a huge count would take is 2 GB.
    /// </summary>
    private const long RefusalBytes = 1 << 20;

    [Fact]
    public void CountsOfTheHugeAllocateNothing()
    {
        byte[] huge = [0xFF, 0xFF, 0xFF, 0xFF, 0x07];
        byte[] header = [.. "DGRP"u8, Format.Version];
        byte[] node = [1, .. "\u0003abs"u8];
        byte[][] inputs =
        [
            [.. header, .. huge], [.. header, 0, .. huge], [.. header, 0, 0, .. huge], [.. header, 1, 0, .. huge],
            [.. header, 1, 0, 1, .. huge], [.. header, 0, .. huge, .. node], [.. header, 0, .. node, .. huge],
            [.. header, 0, 1, .. huge], [.. header, 0, .. node, 0, .. huge], [.. header, 0, .. node, 1, 0, 5, .. huge],
            [.. header, 0, .. node, 1, 0, 8, .. huge], [.. header, 0, .. node, 1, 0, 10, .. huge],
            [.. header, 0, .. node, 1, 0, 9, 0, 1, .. huge], [.. header, 0, .. node, 1, 0, 9, 4, 1, .. huge],
            [.. header, 0, .. node, 1, 0, 7, 3, .. huge, .. huge, .. huge],
        ];
        foreach (var input in inputs)
        {
            RequireRefusal(input);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<WireException>(() => Lambda.FromWire(input));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (64 * input.Length) + RefusalBytes);
        }
    }

    [Fact]
    public void AHugeShapeIsNoHugeArray()
    {
        var huge = new Lambda("f", [], [Tensor.Full(DType.Float64, [int.MaxValue], 1)]).ToWire();
        Lambda.FromWire(huge);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(int.MaxValue, Lambda.FromWire(huge).Results[0].Shape.Size);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 16);
    }

    [Fact]
    public void AxesAreBounded()
    {
        var most = Value.Full(DType.Float32, Shape.Create([.. Ints.Repeat(1, Format.Rank)]), 1);
        Assert.Equal(most, Value.FromWire(most.ToWire()));
        var more = Value.Full(DType.Float32, Shape.Create([.. Ints.Repeat(1, Format.Rank + 1)]), 1);
        Assert.Throws<WireException>(more.ToWire);
        // Each draw has the axes of its keys and its own, so that a short program could ask for any number of them.
        Attribute shape = ("shape", Shape.Create([.. Ints.Repeat(1, 40)])), dtype = ("dtype", DType.Int64);
        var draws = new[] { Node("random_bits", [shape, dtype], 0), Node("random_bits", [shape, dtype], 1) };
        RequireRefusal(Assembled([new(DType.Int64, [])], draws, 2), "at most 64 axes");
        var key = Tensor.Parameter(new(DType.Int64, []), "key");
        var bits = new RandomBits(Shape.Create([.. Ints.Repeat(1, 40)]), DType.Int64);
        Assert.Throws<WireException>(new Lambda("f", [key], [Tensor.Apply(bits, Tensor.Apply(bits, key))]).ToWire);
    }

    [Fact]
    public void ProgramsHoldProgramsToABoundedDepth()
    {
        var deepest = Nested(Format.Depth);
        RequireRoundTrip(deepest);
        var deeper = Nested(Format.Depth + 1);
        Assert.Throws<WireException>(deeper.ToWire);
        // One level more than may be written, put together around what may.
        var scan = (Scan)deeper.Results[0].Source.Operation;
        var output = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(output);
        writer.Header("DGRP");
        writer.Count(1);
        writer.DType(Vector.DType);
        writer.Shape(Vector.Shape);
        writer.Count(1);
        writer.Text("scan");
        writer.Count(5);
        writer.Text("body");
        writer.Count(10);
        output.Write(scan.Body.ToWire().AsSpan(5));
        RequireRefusal(output.WrittenSpan.ToArray(), "at most 64 deep");

        static Lambda Nested(int depth)
        {
            var x = Tensor.Parameter(Vector, "x");
            return new(
                "f", [x], [depth == 1 ? Tensor.Tanh(x) : Tensor.Apply(new Scan(Nested(depth - 1), 0, 1, 1, false), x)]);
        }
    }
}
