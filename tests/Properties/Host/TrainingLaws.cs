using DistGrad.Distributed;
using DistGrad.Host.Data;
using DistGrad.Host.Training;
using DistGrad.Learn;
using Xunit;

namespace DistGrad.Properties.Host;

public class TrainingLaws
{
    private const int Count = 300;

    private static readonly Examples Test = Digits.ToTest().Draw(0, 100);

    private static Recipe Recipe(string model, string method, int epochs = 1) => new(
        Model.All.Single(m => m.Name == model),
        Method.All.Single(m => m.Name == method),
        Rate: 0.01,
        Batch: 128,
        epochs,
        Seed: 4,
        Shards: 8);

    private static TrainedModel<Mlp> Train(
        Recipe recipe, int threads, Action<TrainingProgress>? report = null, CancellationTokenSource? stop = null) =>
        recipe.Plan(DigitsSource.Of(Count)).TrainHere(
            [new DigitsSource()], threads, report, stop?.Token ?? TestContext.Current.CancellationToken);

    private static string Digest(Recipe recipe, int threads) => Train(recipe, threads).Digest.ToString();

    [Theory]
    [InlineData("linear", "sgd")]
    [InlineData("logistic", "momentum")]
    [InlineData("mlp", "adam")]
    public void TheParametersHaveTheSameBitsOnAnyNumberOfThreadsAndEveryTime(string model, string method)
    {
        var digest = Digest(Recipe(model, method), threads: 1);
        Assert.Matches("^[0-9a-f]{64}$", digest);
        Assert.Equal(digest, Digest(Recipe(model, method), threads: 2));
        Assert.Equal(digest, Digest(Recipe(model, method), threads: 1));
        Assert.NotEqual(digest, Digest(Recipe(model, method) with { Seed = 5 }, threads: 1));
    }

    [Fact]
    public void EveryStepIsReportedAndTheLastBatchIsWhatIsLeft()
    {
        var seen = new List<TrainingProgress>();
        Train(Recipe("logistic", "sgd", epochs: 2), threads: 1, seen.Add);
        Assert.Equal([1, 2, 3, 4, 5, 6], seen.Select(p => p.Step));
        Assert.Equal([1, 1, 1, 2, 2, 2], seen.Select(p => p.Epoch));
        Assert.Equal([128, 256, 300, 428, 556, 600], seen.Select(p => p.Examples));
        Assert.All(seen, p => Assert.Equal(6, p.Steps));
        Assert.All(seen, p => Assert.InRange(p.Metrics["accuracy"], 0, 1));
    }

    [Fact]
    public void WhatASiloReadsIsWhatWasDrawnInAnyOrder()
    {
        var drawn = Digits.ToTrain().Draw(0, Count);
        var batch = Batch.InOrder(drawn, Count).Single();
        var examples = new DigitsSource().Open(DigitsSource.Of(Count).Descriptor);
        Assert.Equal(Count, examples.Count);
        long[] numbers = [299, 0, 64, 63, 65, 64];
        var read = examples.Read(numbers);
        var images = batch.Images.ToArray<float>();
        Assert.Equal(
            numbers.SelectMany(n => images[((int)n * 784)..(((int)n + 1) * 784)]), read[0].AsSpan<float>().ToArray());
        Assert.Equal(numbers.Select(n => (long)drawn.Labels[(int)n]), read[1].AsSpan<long>().ToArray());
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("logistic")]
    [InlineData("mlp")]
    public void AModelLearnsFarMoreThanChance(string name)
    {
        var model = Model.All.Single(m => m.Name == name);
        var method = Method.All.Single(m => m.Name == "adam");
        var recipe = new Recipe(model, method, 0.003, Batch: 50, Epochs: 6, Seed: 0, Shards: 2);
        Assert.InRange(Evaluation.Accuracy(Train(recipe, threads: 1).Model, Test, threads: 1), 0.45, 1);
    }

    [Fact]
    public void ARunStopsWhenAsked()
    {
        using var stop = new CancellationTokenSource();
        var steps = 0;
        Assert.Throws<OperationCanceledException>(
            () => Train(Recipe("logistic", "sgd", epochs: 50), threads: 1, _ => Stop(), stop));
        Assert.Equal(2, steps);

        void Stop()
        {
            if (++steps == 2)
                stop.Cancel();
        }
    }
}
