using DistGrad.Distributed;
using DistGrad.Host.Cluster;
using DistGrad.Host.Data;
using DistGrad.Host.Training;
using Xunit;

namespace DistGrad.Cluster.Tests;

/// <summary>Whoever computes what: the parameters have the same bits, those of plain local training.</summary>
public class SameBitsLaws
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(5, 2)]
    public async Task SilosAndThreadsChangeNothing(int silos, int threads)
    {
        await using var cluster = await InProcessCluster.Start(silos, threads, Stop);
        foreach (var (batch, shards) in new[] { (20, 8), (7, 16), (53, 8) })
        {
            var plan = Lines.Plan(batch, shards);
            var (expected, seen) = (plan.TrainHere(stop: Stop), new List<TrainingProgress>());
            var run = await cluster.Grains.TrainAsync(plan, silos, Stop);
            await foreach (var progress in run.Progress(Stop))
                seen.Add(progress);
            var trained = await run.Completion;
            Assert.Equal(expected.Digest, trained.Digest);
            Assert.Equal(expected.Model.Slope.ToValue(), trained.Model.Slope.ToValue());
            Assert.Equal(Enumerable.Range(1, (int)plan.Steps).Select(s => (long)s), seen.Select(p => p.Step));
            Assert.Equal(silos, seen[^1].Silos.Count);
            Assert.Equal(shards, seen[^1].Silos.Sum(s => s.Shards));
        }
    }

    [Fact]
    public async Task TheToolsModelOnTheToolsDataHasTheBitsOfLocalTraining()
    {
        var recipe = new Recipe(
            Model.All.Single(m => m.Name == "mlp"),
            Method.All.Single(m => m.Name == "adam"),
            0.001,
            Batch: 100,
            Epochs: 1,
            Seed: 2,
            Shards: 16);
        var plan = recipe.Plan(DigitsSource.Of(330));
        var expected = plan.TrainHere([new DigitsSource()], threads: 2, stop: Stop);
        await using var cluster = await InProcessCluster.Start(3, threads: 1, Stop);
        var run = await cluster.Grains.TrainAsync(plan, 3, Stop);
        Assert.Equal(expected.Digest, (await run.Completion).Digest);
    }

    [Fact]
    public async Task SeveralRunsAtOnceDoNotMeet()
    {
        await using var cluster = await InProcessCluster.Start(2, threads: 1, Stop);
        var plans = new[] { Lines.Plan(20), Lines.Plan(9), Lines.Plan(20, shards: 2) };
        var runs = await Task.WhenAll(plans.Select(plan => cluster.Grains.TrainAsync(plan, 2, Stop)));
        var trained = await Task.WhenAll(runs.Select(run => run.Completion));
        Assert.Equal(plans.Select(plan => plan.TrainHere(stop: Stop).Digest), trained.Select(t => t.Digest));
    }
}
