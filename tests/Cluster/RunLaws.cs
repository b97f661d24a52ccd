using DistGrad.Distributed;
using DistGrad.Host.Cluster;
using Xunit;

namespace DistGrad.Cluster.Tests;

/// <summary>What a user of a run can count on besides its result.</summary>
public class RunLaws
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ACancelledRunEndsAndTheSilosAreFreeForTheNext()
    {
        await using var cluster = await InProcessCluster.Start(2, threads: 1, Stop);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var run = await cluster.Grains.TrainAsync(Lines.Plan(epochs: 1_000_000), 2, cancel.Token);
        await foreach (var progress in run.Progress(Stop))
        {
            if (progress.Step > 3)
                await cancel.CancelAsync();
        }
        await Assert.ThrowsAsync<OperationCanceledException>(() => run.Completion);
        await run.CancelAsync();
        var plan = Lines.Plan();
        var again = await cluster.Grains.TrainAsync(plan, 2, Stop);
        Assert.Equal(plan.TrainHere(stop: Stop).Digest, (await again.Completion).Digest);
    }

    [Fact]
    public async Task WhatASiloCannotOpenIsSaidByTheRun()
    {
        await using var cluster = await InProcessCluster.Start(2, threads: 1, Stop);
        var unknown = await Failure(cluster, DataSet.Named("nothing", "here", 10, Sample));
        Assert.Contains(
            "This silo has no data source 'nothing'; it knows 'arrays', 'digits', 'idx'",
            unknown,
            StringComparison.Ordinal);
        var missing = await Failure(cluster, DataSet.Named("idx", "/no/such/folder", 10, Sample));
        Assert.Contains("/no/such/folder is no folder", missing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreSilosThanShardsAreRefused()
    {
        await using var cluster = await InProcessCluster.Start(3, threads: 1, Stop);
        var run = await cluster.Grains.TrainAsync(Lines.Plan(shards: 2), 3, Stop);
        var error = await Assert.ThrowsAsync<TrainingException>(() => run.Completion);
        Assert.Contains("3 silos are more than the 2 shards", error.Message, StringComparison.Ordinal);
    }

    private static Points Sample => new(Tensor.Zeros([0, 4], DType.Float64), Tensor.Zeros([0, 3], DType.Float64));

    private static async Task<string> Failure(InProcessCluster cluster, DataSet<Points> data)
    {
        var start = new Line(Tensor.Zeros([4, 3], DType.Float64), Tensor.Zeros([3], DType.Float64));
        var plan = TrainingPlan.Of(
            start,
            data,
            (line, points) => Learn.Loss.SquaredError(line.Apply(points.X), points.Y),
            Learn.Optimiser.Sgd(0.1));
        var run = await cluster.Grains.TrainAsync(plan, 2, Stop);
        return (await Assert.ThrowsAsync<TrainingException>(() => run.Completion)).Message;
    }
}
