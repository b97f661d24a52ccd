using DistGrad.Execute;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

public class KeyLaws
{
    // Random123's published vectors (tests/kat_vectors), threefry2x32 with 20 rounds.
    [Theory]
    [InlineData(0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6b200159, 0x99ba4efe)]
    [InlineData(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7)]
    [InlineData(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0)]
    public void ThreefryGivesThePublishedAnswers(
        uint counter0, uint counter1, uint key0, uint key1, uint expected0, uint expected1) =>
        Assert.Equal(
            ((ulong)expected0 << 32) | expected1,
            Threefry.Bits(((ulong)key0 << 32) | key1, ((ulong)counter0 << 32) | counter1));

    [Fact]
    public void TensorsDrawWhatThreefryGives()
    {
        var bits = Tensor.RandomBits(Key.Of(42), [2, 3]).ToArray<long>();
        Assert.Equal(Enumerable.Range(0, 6).Select(i => (long)Threefry.Bits(42, (ulong)i)), bits);
        Assert.Equal(
            bits.Select(b => Threefry.Uniform64((ulong)b)),
            Tensor.Uniform(Key.Of(42), [6], DType.Float64).ToArray<double>());
        Assert.Equal(bits.Select(b => Threefry.Uniform32((ulong)b)), Tensor.Uniform(Key.Of(42), [6]).ToArray<float>());
    }

    [Fact]
    public void SplitKeysDrawApart()
    {
        var (left, right) = Key.Of(7).Split();
        var many = Key.Of(7).Split(50);
        Assert.Equal(50, many.Select(k => k.Data.Item()).Distinct().Count());
        var (x, y) =
            (Tensor.RandomBits(left, [2000]).ToArray<long>(), Tensor.RandomBits(right, [2000]).ToArray<long>());
        var own = Tensor.RandomBits(Key.Of(7), [2000]).ToArray<long>();
        Assert.Equal(6000, x.Concat(y).Concat(own).Distinct().Count());
        Assert.InRange(Correlation(x, y), -0.08, 0.08);
        Assert.InRange(Correlation(x, own), -0.08, 0.08);
    }

    [Fact]
    public void FoldedKeysAreDistinctAndMayBeAskedForAgain()
    {
        var key = Key.Of(3);
        Assert.Equal(
            1000, Enumerable.Range(0, 1000).Select(i => key.Fold(i).Data.ToArray<long>()[0]).Distinct().Count());
        Assert.Equal(key.Fold(5).Data.Item(), key.Fold(5).Data.Item());
        Assert.NotEqual(Key.Of(4).Fold(5).Data.ToArray<long>()[0], key.Fold(5).Data.ToArray<long>()[0]);
    }

    // 20,000 draws of a fixed seed: the bounds are some five standard errors wide.
    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.Float64)]
    public void UniformAndNormalNumbersHaveTheirMoments(DType dtype)
    {
        var u = Tensor.Uniform(Key.Of(1), [20_000], dtype).Cast(DType.Float64);
        Assert.True(u.Min().Item() >= 0 && u.Max().Item() < 1);
        Assert.InRange(u.Mean().Item(), 0.49, 0.51);
        Assert.InRange(u.Var().Item(), (1 / 12.0) - 0.003, (1 / 12.0) + 0.003);
        var z = Tensor.Normal(Key.Of(2), [20_000], dtype).Cast(DType.Float64);
        Assert.InRange(z.Mean().Item(), -0.035, 0.035);
        Assert.InRange(z.Var().Item(), 0.95, 1.05);
        Assert.InRange((z * z * z * z).Mean().Item(), 2.7, 3.3);
        Assert.True(double.IsFinite(Tensor.Abs(z).Max().Item()));
    }

    [Fact]
    public void TheGreatestUniformNumberLiesBelowOne()
    {
        Assert.Equal(0, Threefry.Uniform64(0));
        Assert.True(Threefry.Uniform64(ulong.MaxValue) < 1);
        Assert.True(Threefry.Uniform32(ulong.MaxValue) < 1);
    }

    [Fact]
    public void UsingAKeyAtTwoPlacesNamesBoth()
    {
        var key = Key.Of(1);
        var here = new System.Diagnostics.StackTrace(0, fNeedFileInfo: true).GetFrame(0)!.GetFileLineNumber();
        _ = Tensor.Uniform(key, [2]);
        var error = Assert.Throws<KeyReuseException>(() => Tensor.Uniform(key, [3]));
        Assert.Contains($"KeyLaws.cs line {here + 1}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"KeyLaws.cs line {here + 2}", error.Message, StringComparison.Ordinal);
        Assert.Throws<KeyReuseException>(() => key.Split());
    }

    // A draw is a function of key and place: a part of it, a batch of keys or more threads give the same numbers.
    [Fact]
    public void WhoDrawsCannotMatter()
    {
        var all = Tensor.RandomBits(Key.Of(9), [40_000]).ToArray<long>();
        Assert.Equal(all[..10], Tensor.RandomBits(Key.Of(9), [10]).ToArray<long>());
        var machine = Machine.Of(new("draw", [], [Tensor.RandomBits(Key.Of(9), [40_000])]));
        using var two = new Workers(2);
        Near.Bits(machine.Run([], Workers.Single), machine.Run([], two), "draws on two threads");
        var keys = Tensor.Of([5L, 9, 11]);
        var batch = Diff.Vmap(k => Tensor.RandomBits(new Key(k), [10]))(keys).ToArray<long>();
        Assert.Equal(all[..10], batch[10..20]);
        Assert.Equal(Tensor.RandomBits(Key.Of(11), [10]).ToArray<long>(), batch[20..]);
    }

    static double Correlation(long[] x, long[] y) =>
        x.Zip(y, (a, b) => (a / Math.Pow(2, 63)) * (b / Math.Pow(2, 63))).Average() * 3;
}
