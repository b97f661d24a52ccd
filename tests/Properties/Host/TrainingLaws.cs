using DistGrad.Host.Data;
using DistGrad.Host.Training;
using DistGrad.Learn;
using Xunit;

namespace DistGrad.Properties.Host;

public class TrainingLaws
{
    private static readonly DataSet Data = Digits.Embedded(300, 100);

    private static Recipe Recipe(string model, string method, int epochs = 1) => new(
        Model.All.Single(m => m.Name == model),
        Method.All.Single(m => m.Name == method),
        Rate: 0.01,
        Batch: 128,
        epochs,
        Seed: 4);

    private static Mlp Train(Recipe recipe, int threads, Action<Progress>? report = null) =>
        new LocalTrainer(threads).Train(
            recipe, new(Data.Train, recipe.Seed), report ?? (_ => { }), CancellationToken.None);

    private static string Digest(Recipe recipe, int threads) => Evaluation.Digest(Train(recipe, threads)).ToString();

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
        var seen = new List<Progress>();
        Train(Recipe("logistic", "sgd", epochs: 2), threads: 1, seen.Add);
        Assert.Equal([1, 2, 3, 4, 5, 6], seen.Select(p => p.Step));
        Assert.Equal([1, 1, 1, 2, 2, 2], seen.Select(p => p.Epoch));
        Assert.Equal([128, 256, 300, 428, 556, 600], seen.Select(p => p.Examples));
        Assert.All(seen, p => Assert.Equal(6, p.Steps));
    }

    [Fact]
    public void AnEpochGoesThroughEveryExampleOnceInAnyDivision()
    {
        var batches = new Batches(Data.Train, seed: 9);
        var whole = batches.Take(3, 0, 300).Images.ToArray<float>();
        (int From, int Count)[] parts = [(0, 100), (100, 7), (107, 193)];
        Assert.Equal(whole, parts.SelectMany(p => batches.Take(3, p.From, p.Count).Images.ToArray<float>()));
        Assert.Equal(Ordered(Batches.InOrder(Data.Train, 300).Single()), Ordered(batches.Take(3, 0, 300)));

        static IEnumerable<string> Ordered(Batch batch) =>
            batch.Images.ToArray<float>().Chunk(784).Select(i => string.Join(' ', i)).Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("logistic")]
    [InlineData("mlp")]
    public void AModelLearnsFarMoreThanChance(string name)
    {
        var model = Model.All.Single(m => m.Name == name);
        var method = Method.All.Single(m => m.Name == "adam");
        var recipe = new Recipe(model, method, 0.003, Batch: 50, Epochs: 6, Seed: 0);
        Assert.InRange(Evaluation.Accuracy(Train(recipe, threads: 1), Data.Test, threads: 1), 0.45, 1);
    }

    [Fact]
    public void ARunStopsWhenAsked()
    {
        using var stop = new CancellationTokenSource();
        var steps = 0;
        Assert.Throws<OperationCanceledException>(() => new LocalTrainer(1).Train(
            Recipe("logistic", "sgd", epochs: 50), new(Data.Train, 0), p => Stop(), stop.Token));
        Assert.Equal(2, steps);

        void Stop()
        {
            if (++steps == 2)
                stop.Cancel();
        }
    }
}
