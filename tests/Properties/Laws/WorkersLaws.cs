using DistGrad.Execute;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace DistGrad.Properties.Laws;

public class WorkersLaws
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Property(MaxTest = 60)]
    public Property EveryPartRunsExactlyOnce() =>
        Prop.ForAll(Gen.Choose(1, 4).ToArbitrary(), Gen.ListOf(Gen.Choose(0, 40), 20).ToArbitrary(), (threads, jobs) =>
        {
            using var workers = new Workers(threads);
            foreach (var parts in jobs)
            {
                var runs = new int[parts];
                workers.Run(parts, i => Interlocked.Increment(ref runs[i]));
                if (runs.Any(n => n != 1)) return false;
            }

            return workers.Threads == threads;
        });

    // A meeting of all threads: every part waits for every other, so each job needs each thread to wake.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void SleepingThreadsWakeForAJob(int threads)
    {
        using var workers = new Workers(threads);
        for (var round = 0; round < 200; round++)
        {
            if (round % 4 == 0) Await(() => workers.Parked == threads - 1);
            using var meeting = new Barrier(threads);
            var met = 0;
            workers.Run(threads, _ =>
            {
                if (meeting.SignalAndWait(Deadline)) Interlocked.Increment(ref met);
            });
            Assert.Equal(threads, met);
        }
    }

    // Jobs of uneven parts end while the caller spins, while it falls asleep and while it sleeps.
    [Fact]
    public async Task TheCallerAlwaysReturns()
    {
        using var workers = new Workers(3);
        var sum = 0L;
        var all = Task.Run(() =>
        {
            for (var job = 0; job < 20_000; job++)
            {
                var length = job * 7919 % 4001;
                workers.Run(3, part =>
                {
                    Thread.SpinWait(part == 0 ? 0 : length);
                    Interlocked.Increment(ref sum);
                });
            }
        }, TestContext.Current.CancellationToken);
        await all.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.Equal(60_000, sum);
    }

    [Property(MaxTest = 30)]
    public Property TheLowestFailureIsRethrownOnceAllPartsHaveEnded() =>
        Prop.ForAll(Gen.Choose(1, 3).ToArbitrary(), Gen.ListOf(Gen.Elements(true, false), 12).ToArbitrary(),
            (threads, failing) =>
            {
                using var workers = new Workers(threads);
                var ended = 0;
                int? thrown = null;
                try
                {
                    workers.Run(failing.Count, i =>
                    {
                        Interlocked.Increment(ref ended);
                        if (failing[i]) throw new PartFailed(i);
                    });
                }
                catch (PartFailed error)
                {
                    thrown = error.Part;
                }

                var lowest = failing.IndexOf(true);
                return ended == failing.Count && thrown == (lowest < 0 ? null : lowest);
            });

    // A job lies on its caller's stack. What it alone refers to is kept, and found where it has been moved to.
    [Fact]
    public void WhatAJobRefersToMayMove()
    {
        const int parts = 8;
        using var workers = new Workers(3);
        for (var round = 0; round < 100; round++)
        {
            var found = new int[parts];
            workers.Run(parts, (Given: Enumerable.Range(round, parts).ToArray(), found), static (s, part) =>
            {
                if (part % 3 == 0) GC.Collect(0);
                s.found[part] = s.Given[part];
            });
            Assert.Equal(Enumerable.Range(round, parts), found);
        }
    }

    [Fact]
    public void NestedAndConcurrentJobsEnd()
    {
        using var workers = new Workers(2);
        var count = 0;
        void Count(int part) => Interlocked.Increment(ref count);
        void Nested() => workers.Run(4, _ => workers.Run(4, _ => workers.Run(2, Count)));
        var others = Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 50; i++) Nested();
        })).ToList();
        others.ForEach(thread => thread.Start());
        Assert.All(others, thread => Assert.True(thread.Join(Deadline)));
        Assert.Equal(3 * 50 * 32, count);
    }

    [Fact]
    public void ADisposedPoolRunsJobsOnTheCaller()
    {
        var workers = new Workers(3);
        workers.Dispose();
        workers.Dispose();
        var here = Environment.CurrentManagedThreadId;
        workers.Run(5, _ => Assert.Equal(here, Environment.CurrentManagedThreadId));
    }

    static void Await(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Deadline));

    sealed class PartFailed(int part) : Exception
    {
        public int Part => part;
    }
}
