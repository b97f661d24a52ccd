using DistGrad.Wire;
using Xunit;
using static DistGrad.Properties.Generators.WireBytes;
using static DistGrad.Properties.Generators.WirePrograms;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Equal contents have equal bytes, and only these are read: the format stays what it was, and every other encoding
/// is refused.
/// </summary>
public sealed class WireCanonLaws
{
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
}
