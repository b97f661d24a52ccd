using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Closed expressions of one structure share a machine, whatever their data; how many are kept is bounded, and can be
/// watched.
/// </summary>
[Collection(nameof(PlanCacheLaws))]
[CollectionDefinition(nameof(PlanCacheLaws), DisableParallelization = true)]
public class PlanCacheLaws
{
    [Fact]
    public void TheSameStructureIsPlannedOnce()
    {
        using var watched = new Watched();
        for (var i = 0; i < 10; i++)
        {
            var x = Tensor.Of([1.5 + i, 2, 3]);
            Assert.Equal(Math.Exp(1.5 + i) * 0.123456789, (Tensor.Exp(x) * 0.123456789)[0].Item(), 6);
        }
        Assert.InRange(watched["misses"], 0, 1);
        Assert.InRange(watched["hits"], 9, 10);
    }

    [Fact]
    public void AnUncompiledFunctionInALoopIsPlannedOnce()
    {
        using var watched = new Watched();
        var w = Tensor.Of(0.25);
        for (var i = 0; i < 20; i++)
            w = (w - (0.0625 * Diff.Grad(w, v => Tensor.Square((v * 3.125) - 7)))).Evaluate();
        Assert.Equal(7 / 3.125, w.Item(), 6);
        // Where the number is asked for, a structure of its own.
        Assert.InRange(watched["misses"], 0, 2);
        Assert.InRange(watched["hits"], 18, 21);
    }

    [Fact]
    public void WhatIsUsedStaysAndHowManyAreKeptIsBounded()
    {
        using var watched = new Watched();
        var kept = Tensor.Of([0.5, 0.25]);
        _ = (kept * 0.987654321).ToValue();
        var before = watched["misses"];
        for (var i = 0; i < 700; i++)
        {
            _ = (Tensor.Of([1.0, 2]) + (1e-3 * i) + 0.111).ToValue();
            _ = (kept * 0.987654321).ToValue();
        }
        Assert.Equal(700, watched["misses"] - before);
        Assert.InRange(watched.Machines, 1, 512);
    }

    /// <summary>What the meter counts from now on, on this thread.</summary>
    private sealed class Watched : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentDictionary<string, long> counts = [];
        private readonly int thread = Environment.CurrentManagedThreadId;

        public Watched()
        {
            listener.InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "DistGrad")
                    l.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, count, _, _) =>
            {
                if (Environment.CurrentManagedThreadId == thread)
                    counts.AddOrUpdate(instrument.Name, count, (_, sum) => sum + count);
            });
            listener.SetMeasurementEventCallback<int>((instrument, count, _, _) => counts[instrument.Name] = count);
            listener.Start();
        }

        public long this[string name] => counts.GetValueOrDefault($"distgrad.plan_cache.{name}");

        public long Machines
        {
            get
            {
                listener.RecordObservableInstruments();
                return this["machines"];
            }
        }

        public void Dispose() => listener.Dispose();
    }
}
