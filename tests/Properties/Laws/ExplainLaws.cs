using System.Globalization;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>A listing of a plan reads the same everywhere, and times each thing that is run once.</summary>
public class ExplainLaws
{
    [Fact]
    public void AListingReadsTheSameInEveryCulture()
    {
        PlanStep step = new("exp", "float64[2000]", Tile: null, 12_000, 16_000, TimeSpan.FromMicroseconds(1234.5));
        PlanListing listing = new([step, step], arenaBytes: 4096, liveBytes: 2048);
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = comma.NumberFormat.PercentDecimalSeparator = ",";
        var here = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.Contains("1234.5 us 50.0 %", listing.ToString(), StringComparison.Ordinal);
            Assert.EndsWith(
                "\n4,096 bytes in between, at most 2,048 of them at once", listing.ToString(),
                StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = here;
        }
    }

    // Each softmax is a tile of its own, and the product in between is none.
    [Fact]
    public void ATileIsTimedWithTheFirstOfItsInstructions()
    {
        static Tensor Softmax(Tensor x)
        {
            var exp = Tensor.Exp(x - x.Max([1], keepDims: true));
            return exp / exp.Sum([1], keepDims: true);
        }
        var x = Tensor.Zeros([2000, 300]);
        var listing = Diff.Trace(x, t => Softmax(Softmax(t).MatMul(Tensor.Eye(300))))
            .Explain(TimeProvider.System, [x], runs: 1);
        int?[] tiles = [.. listing.Select(s => s.Tile)];
        Assert.Contains(null, tiles);
        Assert.True(tiles.Max() > 1);
        for (var i = 0; i < tiles.Length; i++)
            Assert.Equal(tiles[i] is null || i == 0 || tiles[i] != tiles[i - 1], listing[i].Time is not null);
    }
}
