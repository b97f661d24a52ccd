using DistGrad.Learn;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace DistGrad.Properties.Laws;

public class PermutationLaws
{
    private static long[] Order(long seed, long epoch, int count)
    {
        var permutation = new Permutation(seed, epoch, count);
        return [.. Enumerable.Range(0, count).Select(i => permutation[i])];
    }

    // Sizes around powers of four, where the network gains a bit on each side, are among them.
    [Property(MaxTest = 200)]
    public Property EveryNumberOccursOnce() => Prop.ForAll(
        Gen.Choose(int.MinValue, int.MaxValue).Zip(Gen.Choose(0, 50)).ToArbitrary(),
        Gen.OneOf(Gen.Choose(0, 70), Gen.Elements(255, 256, 257, 1023, 1024, 1025, 1999)).ToArbitrary(),
        (run, count) => Order(run.Item1, run.Item2, count).Order()
            .SequenceEqual(Enumerable.Range(0, count).Select(i => (long)i)));

    [Property(MaxTest = 50)]
    public Property SeedAndEpochDecide() => Prop.ForAll(
        Gen.Choose(0, 1000).Zip(Gen.Choose(0, 1000)).ToArbitrary(),
        run => Order(run.Item1, run.Item2, 300) is var order &&
            order.SequenceEqual(Order(run.Item1, run.Item2, 300)) &&
            !order.SequenceEqual(Order(run.Item1, run.Item2 + 1, 300)) &&
            !order.SequenceEqual(Order(run.Item1 + 1, run.Item2, 300)));

    // Over 6,000 epochs each of the six orders of three numbers comes about 1,000 times, give or take 29.
    [Fact]
    public void EveryOrderIsAsLikely()
    {
        var counts = Enumerable.Range(0, 6000).CountBy(epoch => string.Concat(Order(5, epoch, 3))).ToArray();
        Assert.Equal(6, counts.Length);
        Assert.All(counts, c => Assert.InRange(c.Value, 850, 1150));
    }

    [Fact]
    public void TheGreatestCountIsInReach()
    {
        var permutation = new Permutation(1, 0, long.MaxValue);
        foreach (var place in new[] { 0, 1, long.MaxValue - 1 })
            Assert.InRange(permutation[place], 0, long.MaxValue - 1);
    }

    [Fact]
    public void WhatIsOutsideIsAnError()
    {
        Assert.Throws<OptionException>(() => new Permutation(0, 0, -1));
        Assert.Throws<IndexException>(() => new Permutation(0, 0, 3)[3]);
        Assert.Throws<IndexException>(() => new Permutation(0, 0, 3)[-1]);
        Assert.Throws<IndexException>(() => new Permutation(0, 0, 0)[0]);
    }
}
