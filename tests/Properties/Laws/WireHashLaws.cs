using System.Collections.Immutable;
using DistGrad.Wire;
using Xunit;
using static DistGrad.Properties.Generators.WirePrograms;

namespace DistGrad.Properties.Laws;

/// <summary>Equal contents have equal hashes, and different ones have not.</summary>
public sealed class WireHashLaws
{
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

    private static string Sha256(byte[] bytes) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
}
