using DistGrad.Properties.Generators;
using DistGrad.Simulation;
using Xunit;

namespace DistGrad.Properties.Laws.Protocol;

/// <summary>
/// What holds of training on a cluster whatever goes wrong. The laws themselves stand where they are checked, in the
/// simulator, at every event: each shard counts once, parameters and means are those of local training bit for bit,
/// what is stale or repeated changes nothing, nothing grows, the run ends once and well.
/// </summary>
public class SimulationLaws
{
    private const int Seeds = 400;

    /// <summary>Seeds after those of the other law, so that no schedule is run twice.</summary>
    private const int Misdeeds = 150;

    [Fact]
    public void UnderEveryScheduleTheRunEndsWithTheParametersOfLocalTraining()
    {
        var coverage = new Coverage();
        foreach (var schedule in Enumerable.Range(0, Seeds).Select(seed => Schedule.Of(seed)))
        {
            coverage.Count(Simulated(schedule).Kinds(schedule));
        }
        coverage.Require(0.15, "crash", "loss", "lost answer", "repeated message", "late message", "false suspicion",
            "restart of the run");
        coverage.Require(0.30, "epoch after the first", "stale message");
        coverage.Require(0.10, "several chunks", "both formats", "calm", "lost state", "shards without examples");
        coverage.Require(0.03, "step taken back");
        coverage.Require(0.01, "one worker", "one shard", "eight workers");
    }

    [Fact]
    public void WhatNoOtherWorkerCanMakeGoodFailsTheRunWithAMessage()
    {
        var coverage = new Coverage();
        foreach (var schedule in Enumerable.Range(Seeds, Misdeeds).Select(seed => Schedule.Of(seed).WithMisdeed()))
        {
            coverage.Count(Simulated(schedule).Kinds(schedule));
        }
        coverage.Require(0.15, "broken worker", "forged contribution", "epoch after the first");
    }

    // Each of them works out who computes what, and one of them hears from all: nothing may be done for all in turn by
    // each.
    [Fact]
    public void AThousandWorkersTrainInSeconds()
    {
        var schedule = new Schedule(
            0, 1024, new(Model.Line, DType.Float32, Shards: 1024, Examples: 2048, Batch: 2048, Epochs: 2), []);
        var met = Simulated(schedule);
        Assert.Equal(2, met.Progress);
        Assert.Equal(2, met.Combined);
    }

    [Fact]
    public void ASchedulePrintedIsTheSameSchedule()
    {
        for (var seed = 0L; seed < 100; seed++)
        {
            var schedule = Schedule.Of(seed);
            Assert.Equal(schedule.ToString(), Schedule.Parse(schedule.ToString()).ToString());
            Assert.Equal(schedule.ToString(), Schedule.Of(seed).ToString());
            Assert.All(schedule.Smaller(), smaller => Assert.NotEqual(schedule.ToString(), smaller.ToString()));
        }
    }

    [Fact]
    public void AScheduleHappensTheSameWayAgain()
    {
        for (var seed = 0L; seed < 20; seed++)
        {
            var (one, other) = (World.Simulate(Schedule.Of(seed)),
                World.Simulate(Schedule.Parse(Schedule.Of(seed).ToString())));
            Assert.Equal((one.Messages, one.Ended, one.Epochs, one.Combined),
                (other.Messages, other.Ended, other.Epochs, other.Combined));
        }
    }

    // The numbers that the dice give are part of what a seed means.
    [Fact]
    public void SeedsMeanTheSameForEver()
    {
        Assert.Equal(
            "3 1 Mixed/Float64/1/37/16/3",
            string.Join(' ', Schedule.Of(3).ToString().Split(' ').Take(3)));
    }

    private static Met Simulated(Schedule schedule)
    {
        try
        {
            return World.Simulate(schedule);
        }
        catch (Exception)
        {
            Assert.Fail(Failure.Of(schedule)!.Smallest().ToString());
            throw;
        }
    }
}
