using System.Security.Cryptography;
using DistGrad.Host.Data;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace DistGrad.Properties.Host;

public class DigitsLaws
{
    private const int Many = 2000;

    private static readonly Examples All = new Digits(Key.Of(3)).Draw(0, Many);

    [Property(MaxTest = 40)]
    public Property AnExampleDependsOnKeyAndNumberAlone() => Prop.ForAll(
        Gen.Choose(0, Many - 1).Zip(Gen.Choose(1, 150)).ToArbitrary(),
        range =>
        {
            var (first, count) = (range.Item1, Math.Min(range.Item2, Many - range.Item1));
            var drawn = new Digits(Key.Of(3)).Draw(first, count);
            return Enumerable.Range(0, count).All(i => drawn.Labels[i] == All.Labels[first + i] &&
                drawn.Pixels(i).SequenceEqual(All.Pixels(first + i)));
        });

    // 2,000 draws of 10 classes: a class has 200 give or take 13; six times that is never seen.
    [Fact]
    public void ClassesAreDrawnEvenly()
    {
        var counts = All.Labels.ToArray().CountBy(label => label).ToDictionary();
        Assert.Equal(10, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 120, 280));
    }

    [Fact]
    public void EveryImageHasInkAndPaper() => Assert.All(Enumerable.Range(0, Many), i =>
    {
        var mean = All.Pixels(i).ToArray().Average(p => (double)p);
        Assert.InRange(mean, 8, 120);
    });

    [Fact]
    public void WhatIsHeldOutIsNotAmongWhatTrains()
    {
        var train = Images(Digits.ToTrain().Draw(0, 1000)).ToHashSet();
        Assert.Equal(1000, train.Count);
        Assert.DoesNotContain(Images(Digits.ToTest().Draw(0, 200)), train.Contains);
    }

    // The bits are a promise: another machine, or a change to the drawing, that gives others breaks every recorded
    // digest.
    [Fact]
    public void TheBitsAreThese()
    {
        var bytes = Enumerable.Range(0, 256).SelectMany(i => All.Pixels(i).ToArray().Append(All.Labels[i])).ToArray();
        Assert.Equal(
            "326fbec09a5705258b8bfc37562b12d8b1a7d94adfecfa2d0130020dadbb2f5c",
            Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private static IEnumerable<string> Images(Examples examples) =>
        Enumerable.Range(0, examples.Count).Select(i => Convert.ToHexString(examples.Pixels(i)));
}
