using System.Collections.Immutable;
using DistGrad.Properties.Generators;
using DistGrad.Wire;
using FsCheck;
using FsCheck.Xunit;
using Xunit;
using static DistGrad.Properties.Generators.WireBytes;
using static DistGrad.Properties.Generators.WirePrograms;

namespace DistGrad.Properties.Laws;

/// <summary>Bytes that nobody wrote are refused with an error of their own, which says where and why.</summary>
public sealed class WireRefusalLaws
{
    [Theory, MemberData(nameof(WirePrograms.Samples), MemberType = typeof(WirePrograms))]
    public void EveryTruncationIsRefused(string name)
    {
        var bytes = SamplePrograms[name].ToWire();
        for (var length = 0; length < bytes.Length; length++)
            RequireRefusal(bytes[..length]);
        RequireRefusal([.. bytes, 0]);
    }

    [Theory, MemberData(nameof(WirePrograms.Samples), MemberType = typeof(WirePrograms))]
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
    [Theory, MemberData(nameof(WirePrograms.Primitives), MemberType = typeof(WirePrograms))]
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
}
