using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using DistGrad.Transforms;
using DistGrad.Wire;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// One content, one encoding: what is written is read as it was, equal contents have equal bytes, and bytes that nobody
/// wrote are refused with an error of their own, without an allocation that they do not pay for.
/// </summary>
public sealed class WireLaws
{
    /// <summary>
    /// What a refusal may allocate beside what its input justifies. To tell the user's line it reads the stack with its
    /// symbols, which took 0.3 MB when measured; the least that a huge count would take is 2 GB.
    /// </summary>
    private const long RefusalBytes = 1 << 20;

    private static readonly TensorType Vector = new(DType.Float64, [3]);

    public static TheoryData<string> Primitives => [.. PrimitiveTable.All.Select(e => e.Name)];

    public static TheoryData<string> Samples => [.. SamplePrograms.Keys];

    private static Dictionary<string, Lambda> SamplePrograms { get; } = new()
    {
        ["golden"] = Golden(),
        ["gradient"] = Gradient(),
        ["scan"] = Applied(Scan.Specimens.First()),
        ["cond"] = Applied(Cond.Specimens.First()),
        ["custom"] = Applied(CustomVjp.Specimens.First()),
        ["views"] = Views(),
        ["nothing"] = new("nothing", [], []),
    };

    [Theory, MemberData(nameof(Primitives))]
    public void EverySpecimenIsReadAsItWasWritten(string name)
    {
        foreach (var specimen in SpecimensOf(name))
            RequireRoundTrip(Applied(specimen));
    }

    [Theory, MemberData(nameof(Samples))]
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
    public void NamesAreNoPartOfTheContent()
    {
        var (one, other) = (Named("f", "x", "body"), Named("g", "weights", "step"));
        Assert.Equal(one.ToWire(), other.ToWire());
        Assert.Equal(one.Hash(), other.Hash());
        Assert.Equal(one.Hash(), Provenance.Record(() => Named("f", "x", "body")).Hash());

        static Lambda Named(string name, string label, string held)
        {
            var (x, h) = (Tensor.Parameter(Vector, label, name), Tensor.Parameter(Vector, label, held));
            var loop = new Scan(new(held, [h], [Tensor.Tanh(h)]), 0, 1, 4, false);
            return new(name, [x], [Tensor.Apply(loop, x)]);
        }
    }

    [Fact]
    public void DifferentProgramsHaveDifferentHashes()
    {
        ImmutableArray<Specimen> specimens =
            [.. PrimitiveTable.All.SelectMany(e => SpecimensOf(e.Name)).DistinctBy(s => s.ToString())];
        Assert.Equal(specimens.Length, specimens.Select(s => Applied(s).Hash()).Distinct().Count());
        var x = Tensor.Parameter(Vector, "x");
        var (sin, cos) = (Tensor.Sin(x), Tensor.Cos(x));
        Lambda[] programs =
        [
            new("f", [x], [sin + cos]), new("f", [x], [cos + sin]), new("f", [x], [sin, cos]),
            new("f", [x], [cos, sin]), new("f", [x], [sin]), new("f", [x], [x]), new("f", [x], []),
            new("f", [x, Tensor.Parameter(Vector, "y")], [x]), new("f", [x], [sin * sin]),
            new("f", [x], [sin * Tensor.Sin(x)]), new("f", [x], [x + Tensor.Of([0.0])]),
            new("f", [x], [x + Tensor.Of([-0.0])]),
        ];
        Assert.Equal(programs.Length, programs.Select(p => p.Hash()).Distinct().Count());
    }

    [Fact]
    public void TheDigestOfArraysTellsThemApart()
    {
        Value[][] lists =
        [
            [], [Ones(DType.Float32, [4])], [Ones(DType.Float32, [2, 2])],
            [Ones(DType.Float32, [2]), Ones(DType.Float32, [2])], [Ones(DType.Int32, [4])],
            [Value.Scalar(DType.Float64, 0.0)], [Value.Scalar(DType.Float64, -0.0)],
            [Ones(DType.Float32, [2]), Ones(DType.Int32, [2])], [Ones(DType.Int32, [2]), Ones(DType.Float32, [2])],
        ];
        Assert.Equal(lists.Length, lists.Select(ContentHash.Of).Distinct().Count());
        Assert.All(
            lists,
            list => Assert.Equal(ContentHash.Of(list), ContentHash.Of(list.Select(v => Value.FromWire(v.ToWire())))));

        static Value Ones(DType dtype, Shape shape) => Value.Full(dtype, shape, 1);
    }

    // The hash is taken piece by piece, the bytes in one piece; a large array takes many pieces.
    [Fact]
    public void TheHashIsThatOfTheBytes()
    {
        var large = Value.FromDoubles(DType.Float64, [100_003], i => Math.Sqrt(i));
        Assert.Equal(Sha256(large.ToWire()), large.Hash().ToString());
        Assert.Equal(Sha256(Gradient().ToWire()), Gradient().Hash().ToString());
        Assert.Equal(Sha256(Document.Values.Write([large, large])), ContentHash.Of([large, large]).ToString());
    }

    [Theory, MemberData(nameof(Samples))]
    public void EveryTruncationIsRefused(string name)
    {
        var bytes = SamplePrograms[name].ToWire();
        for (var length = 0; length < bytes.Length; length++)
            RequireRefusal(bytes[..length]);
        RequireRefusal([.. bytes, 0]);
    }

    [Theory, MemberData(nameof(Samples))]
    public void EveryFlippedBitIsRefusedOrSaysWhatItSays(string name)
    {
        var bytes = SamplePrograms[name].ToWire();
        var refused = 0;
        // In a long program one bit of each byte or two of them, each of the eight as often.
        for (var bit = 0; bit < bytes.Length * 8; bit += bytes.Length > 400 ? 7 : 1)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            refused += IsRefused(flipped) ? 1 : 0;
        }
        Assert.InRange(refused, bytes.Length / 2, bytes.Length * 8);
    }

    [Property(MaxTest = 1000)]
    public void BytesChangedAtRandomAreRefusedOrSayWhatTheySay(
        NonNegativeInt which, (NonNegativeInt Place, int Change, byte New)[] edits)
    {
        var programs = SamplePrograms.Values.ToArray();
        List<byte> bytes = [.. programs[which.Get % programs.Length].ToWire()];
        foreach (var (at, change, now) in edits.Take(3))
        {
            var place = at.Get % bytes.Count;
            switch (Math.Abs(change % 3))
            {
                case 0: bytes[place] = now; break;
                case 1: bytes.Insert(place, now); break;
                default: bytes.RemoveAt(place); break;
            }
        }
        IsRefused([.. bytes]);
    }

    [Property(MaxTest = 500)]
    public void GarbageIsRefused(byte[] garbage)
    {
        Assert.Throws<WireException>(() => Lambda.FromWire(garbage));
        IsRefused([.. "DGRP"u8, Format.Version, .. garbage]);
        try
        {
            byte[] bytes = [.. "DGRV"u8, Format.Version, .. garbage];
            Assert.Equal(bytes, Value.FromWire(bytes).ToWire());
        }
        catch (WireException e)
        {
            RequireTaught(e);
        }
    }

    [Fact]
    public void OtherEncodingsOfTheSameNumbersAreRefused()
    {
        var bytes = new Lambda("f", [], [Tensor.Of(1.0)]).ToWire();
        Lambda.FromWire(bytes);
        // The version, the number of parameters and that of applications, each in one byte more than it takes.
        foreach (var place in new[] { 4, 5, 6 })
            RequireRefusal(
                [.. bytes[..place], (byte)(bytes[place] | 0x80), 0, .. bytes[(place + 1)..]],
                "as few bytes as it takes");
        RequireRefusal([.. bytes[..5], 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, .. bytes[6..]], "at most 5 bytes");
        RequireRefusal([.. bytes[..5], 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, .. bytes[6..]], "at most 2147483647");
    }

    [Fact]
    public void OtherEncodingsOfTheSameProgramAreRefused()
    {
        var (sin, cos, add) = (Node("sin", [], 0), Node("cos", [], 0), Node("add", [], 1, 2));
        Assert.False(IsRefused(Assembled([Vector], [sin, cos, add], 3)));
        RequireRefusal(Assembled([Vector], [cos, sin, Node("add", [], 2, 1)], 3), "not canonical");
        RequireRefusal(Assembled([Vector], [sin, cos, Node("exp", [], 0), add], 4), "not canonical");
        RequireRefusal(Assembled([Vector], [Node("sin", [("axis", 0)], 0)], 1), "not canonical");
        Attribute before = ("before", Ints.Of([0]));
        Attribute after = ("after", Ints.Of([1]));
        Attribute between = ("between", Ints.Of([0]));
        TensorType scalar = new(DType.Float64, []);
        Assert.False(IsRefused(Assembled([Vector, scalar], [Node("pad", [before, after, between], 0, 1)], 2)));
        RequireRefusal(Assembled([Vector, scalar], [Node("pad", [after, before, between], 0, 1)], 2), "not canonical");
        RequireRefusal(
            Assembled([Vector, scalar], [Node("pad", [before, after, between, between], 0, 1)], 2), "not canonical");
    }

    [Fact]
    public void ARefusalSaysWhatWasExpectedAndWhatWasFoundAndWhere()
    {
        var bytes = Golden().ToWire();
        RequireRefusal([], "byte 0: expected the mark DGRP; found the end");
        RequireRefusal(
            Value.Scalar(DType.Bool, 1).ToWire(), "byte 0: expected the mark DGRP; found the bytes 44475256");
        RequireRefusal([.. bytes[..4], 2, .. bytes[5..]], "byte 4: expected a version from 1 to 1; found 2");
        RequireRefusal([.. bytes[..4], 0, .. bytes[5..]], "byte 4: expected a version from 1 to 1; found 0");
        RequireRefusal([.. bytes, 1, 2], $"byte {bytes.Length}: expected the end; found 2 more bytes");
        RequireRefusal(
            Assembled([Vector], [Node("system", [], 0)], 1),
            "byte 10: expected the name of a primitive; found \"system\"");
        RequireRefusal(
            Assembled([Vector], [Node("parameter", [], 0)], 1),
            "expected the name of a primitive; found \"parameter\"");
        RequireRefusal(Assembled([Vector], [Node("add", [], 0)], 1), "byte 10: add: takes 2 operands; found 1");
        RequireRefusal(
            Assembled([Vector], [Node("sin", [], 1)], 1), "expected one of the 1 tensors so far; found number 1");
        RequireRefusal(
            Assembled([Vector], [Node("cast", [], 0)], 1), "byte 10: cast: attribute to of type DType is missing");
        RequireRefusal(
            Assembled([Vector], [Node("cast", [("to", 3)], 0)], 1), "cast: attribute to of type DType is missing");
        Attribute value = ("value", Value.Scalar(DType.Int32, 1));
        RequireRefusal(Assembled([Vector], [Node("literal", [value], 0)], 1), "literal: takes no operands; found 1");
        var flag = Value.Scalar(DType.Bool, 1).ToWire();
        var error = Assert.Throws<WireException>(() => Value.FromWire([.. flag[..^1], 2]));
        Assert.StartsWith("byte 7: expected 0 or 1 for a bool; found 2", error.Message, StringComparison.Ordinal);
    }

    // Constants that no verb would ever pass: the shape rules must know them for what they are.
    [Theory, MemberData(nameof(Primitives))]
    public void HostileConstantsAreRefused(string name)
    {
        foreach (var specimen in SpecimensOf(name).DistinctBy(s => s.ToString()))
        {
            var node = Applied(specimen).Results[0].Source;
            var operands = Enumerable.Range(0, specimen.Operands.Length).ToArray();
            var results = Enumerable.Range(operands.Length, node.Results.Length).ToArray();
            foreach (var attributes in Mutations(specimen.Primitive.Attributes))
                IsRefused(Assembled(Types(specimen), [Node(name, attributes, operands)], results));
            int[][] others = [[], operands[..^Math.Min(1, operands.Length)], [.. operands, 0], [.. operands.Reverse()]];
            foreach (var other in others)
            {
                var odd = Node(name, specimen.Primitive.Attributes, other);
                IsRefused(Assembled([.. Types(specimen), Vector], [odd], operands.Length + 1));
            }
        }
    }

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

    // The bytes of version 1, taken apart in docs/wire.md. They are on other people's disks: if
    // this fails, add a version.
    [Fact]
    public void TheFormatIsWhatItWas()
    {
        Assert.Equal(
            "4447525001020101020102c80102070962726f6164636173740102746f0702c801020100036d756c00020102" +
            "0474616e68000103076c69746572616c010576616c75650901000000803f000962726f616463617374010274" +
            "6f0702c80102010503616464000204060373756d01046178657308010000000001070108",
            Convert.ToHexStringLower(Golden().ToWire()));
        Assert.Equal("74e896d0940042a387490eeca69aa5a5686298344540d8d2406432e2560c16d8", Golden().Hash().ToString());
        Value[] values = [.. DTypes.All.Select(dtype => Value.FromDoubles(dtype, [2], i => i))];
        Assert.Equal(
            "4447524c01050001020000000000000000000000000000f03f010102000000000000803f0201020000000000" +
            "000000010000000000000003010200000000010000000401020001",
            Convert.ToHexStringLower(Document.Values.Write(values)));
        Assert.Equal(
            "fc215cb81aef92f37e3c61bc0a09ee806c0526774b788c08a5fe6e8b30c229c9", ContentHash.Of(values).ToString());
        Assert.Equal("44475256010401020001", Convert.ToHexStringLower(values[^1].ToWire()));
        var x = Tensor.Parameter(new(DType.Float32, [2]), "x");
        Assert.Equal(
            "44475250010101010201036578700001000101",
            Convert.ToHexStringLower(new Lambda("f", [x], [Tensor.Exp(x)]).ToWire()));
        Assert.Equal(
            "d76fe5f059607afb5cf3600ec08488c8da097b6a8a2a82c021837102819f1402",
            Applied(Scan.Specimens.First()).Hash().ToString());
    }

    private static void RequireRoundTrip(Lambda program)
    {
        var bytes = program.ToWire();
        var again = Lambda.FromWire(bytes);
        Assert.Equal(bytes, again.ToWire());
        Assert.Equal(program.Hash(), again.Hash());
        Assert.True(SameProgram(program, again), $"{program}\ncame back as\n{again}");
    }

    /// <summary>Whether the bytes are refused; if not, they are the very encoding of what they were read as.</summary>
    private static bool IsRefused(byte[] bytes)
    {
        try
        {
            Assert.Equal(bytes, Lambda.FromWire(bytes).ToWire());
            return false;
        }
        catch (WireException e)
        {
            RequireTaught(e);
            return true;
        }
    }

    private static void RequireRefusal(byte[] bytes, string reason = "byte ")
    {
        var error = Assert.Throws<WireException>(() => Lambda.FromWire(bytes));
        RequireTaught(error);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A refusal says where, and comes from a rule that knew what it refused.</summary>
    private static void RequireTaught(WireException error)
    {
        Assert.StartsWith("byte ", error.Message, StringComparison.Ordinal);
        Assert.True(error.InnerException is null or DistGradException or DecoderFallbackException, $"{error}");
    }

    private static bool SameProgram(Lambda one, Lambda other)
    {
        var numbers = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        var same = Pair(one.Parameters, other.Parameters) && one.Body.Length == other.Body.Length;
        foreach (var (left, right) in same ? one.Body.Zip(other.Body) : [])
        {
            same &= left.Operation.Name == right.Operation.Name && Match(left.Operands, right.Operands);
            same &= left.Operation.Attributes.Length == right.Operation.Attributes.Length && left.Operation.Attributes
                .Zip(right.Operation.Attributes, (a, b) => a.Name == b.Name && SameContent(a.Content, b.Content))
                .All(s => s);
            same &= Pair(left.Results, right.Results);
        }
        return same && Match(one.Results, other.Results);

        bool Pair(ImmutableArray<Tensor> left, ImmutableArray<Tensor> right)
        {
            foreach (var (l, r) in left.Zip(right))
                numbers[l] = r;
            return left.Select(t => t.Type).SequenceEqual(right.Select(t => t.Type));
        }

        bool Match(ImmutableArray<Tensor> left, ImmutableArray<Tensor> right) =>
            left.Length == right.Length && left.Zip(right, (l, r) => ReferenceEquals(numbers[l], r)).All(s => s);
    }

    private static bool SameContent(object one, object other) => (one, other) switch
    {
        (Lambda left, Lambda right) => SameProgram(left, right),
        (double left, double right) => BitConverter.DoubleToInt64Bits(left) == BitConverter.DoubleToInt64Bits(right),
        _ => one.Equals(other),
    };

    private static IEnumerable<ImmutableArray<Attribute>> Mutations(ImmutableArray<Attribute> attributes)
    {
        for (var i = 0; i < attributes.Length; i++)
        {
            foreach (var content in Mutations(attributes[i].Content))
                yield return attributes.SetItem(i, attributes[i] with { Content = content });
            yield return attributes.RemoveAt(i);
            // Two constants at once, so that their sum overflows.
            if (i > 0 && attributes[i].Content is int && attributes[i - 1].Content is int)
                yield return attributes
                    .SetItem(i, attributes[i] with { Content = int.MaxValue })
                    .SetItem(i - 1, attributes[i - 1] with { Content = int.MaxValue });
        }
    }

    private static object[] Mutations(object content) => content switch
    {
        int => [-1, 0, 1, 64, int.MinValue, int.MaxValue, "text"],
        Ints ints =>
        [
            .. Edges.Select(e => Ints.Of([e, .. ints.Skip(1)])), Ints.Of([.. ints, 0]), Ints.Of([.. ints, .. ints]),
            Ints.Of([]), Shape.Scalar,
        ],
        Shape shape =>
        [
            .. Edges.Where(e => e >= 0).Select(e => Shape.Create([e, .. shape.Skip(1).Select(d => Math.Min(d, 1))])),
            shape.Insert(0, 3), Shape.Scalar,
        ],
        DType => [.. DTypes.All.Cast<object>(), 1],
        Lambda => [new Lambda("none", [], []), Golden(), Applied(Scan.Specimens.First()), true],
        bool => [true, false, 1],
        _ => [0],
    };

    private static int[] Edges => [-1, 0, 1, 63, int.MinValue, int.MaxValue];

    private static Action<WireWriter> Node(
        string name, IEnumerable<Attribute> attributes, params int[] operands) => writer =>
    {
        writer.Text(name);
        writer.Count(attributes.Count());
        foreach (var (label, content) in attributes)
        {
            var kind = AttributeKind.All.Single(k => k.Type == content.GetType());
            writer.Text(label);
            writer.Count(kind.Tag);
            kind.Write(writer, content);
        }
        writer.Count(operands.Length);
        foreach (var operand in operands)
            writer.Count(operand);
    };

    /// <summary>A program put together as bytes, whatever it says.</summary>
    private static byte[] Assembled(
        IReadOnlyList<TensorType> parameters, Action<WireWriter>[] nodes, params int[] results)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(output);
        writer.Header("DGRP");
        writer.Count(parameters.Count);
        foreach (var parameter in parameters)
        {
            writer.DType(parameter.DType);
            writer.Shape(parameter.Shape);
        }
        writer.Count(nodes.Length);
        foreach (var node in nodes)
            node(writer);
        writer.Count(results.Length);
        foreach (var result in results)
            writer.Count(result);
        return output.WrittenSpan.ToArray();
    }

    private static CustomVjp Reversed => (CustomVjp)CustomVjp.Specimens.First().Primitive;

    private static IEnumerable<Specimen> SpecimensOf(string name) => name == "custom_linear"
        ? [new(new CustomLinear(Reversed.Backward, 1), Domain.Float([3]), Domain.Float([3]))]
        : PrimitiveTable.All.Single(e => e.Name == name).Specimens();

    private static IReadOnlyList<TensorType> Types(Specimen specimen) => [.. specimen.Operands.Select(o => o.Type)];

    private static Lambda Applied(Specimen specimen)
    {
        ImmutableArray<Tensor> parameters = [.. Types(specimen).Select((t, i) => Tensor.Parameter(t, $"x{i}", "f"))];
        return new("f", parameters, Application.Of(specimen.Primitive, parameters).Results);
    }

    private static Lambda Golden()
    {
        var (w, x) =
            (Tensor.Parameter(new(DType.Float32, [2]), "w"), Tensor.Parameter(new(DType.Float32, [200, 2]), "x"));
        return new("loss", [w, x], [(Tensor.Tanh(x * w) + Tensor.Of(1f)).Sum(0)]);
    }

    private static Lambda Gradient()
    {
        var (w, x) =
            (Tensor.Parameter(new(DType.Float64, [3, 2]), "w"), Tensor.Parameter(new(DType.Float64, [4, 3]), "x"));
        var loss = Tensor.Relu(x.MatMul(w)).LogSoftmax().Mean();
        var cts = Vjp.Run([loss], [w], [Tensor.Of(1.0)]);
        return new("gradient", [w, x], [loss, .. cts.OfType<Tensor>()]);
    }

    private static Lambda Views()
    {
        var x = Tensor.Parameter(new(DType.Int64, [4, 6]), "x");
        var y = x.Permute(1, 0).Narrow(0, 1, 4).Flip(0).Reshape(2, 8).Pad([1, 0], [0, 2]);
        return new(
            "views", [x],
            [Tensor.Concat([y, y], 1).Max(0), x.Gather(x, 1), Tensor.Iota(DType.Int64, [3, 5], 1), y.Cast(DType.Bool)]);
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

    private static string Sha256(byte[] bytes) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
}
