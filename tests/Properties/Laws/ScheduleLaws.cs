using DistGrad.Learn;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>Schedules begin, end and bend where they say, and are programs of the step.</summary>
public class ScheduleLaws
{
    private const double Rounding = 1e-15;

    /// <summary>A schedule, and its rates at some steps.</summary>
    public static TheoryData<string, Schedule, (int Step, double Rate)[]> Corners => new()
    {
        { "constant", 0.5, [(0, 0.5), (1000, 0.5)] },
        { "cosine", Schedule.Cosine(1, 10), [(0, 1), (5, 0.5), (10, 0), (1000, 0)] },
        { "cosine to a least", Schedule.Cosine(1, 10, 0.2), [(0, 1), (5, 0.6), (10, 0.2), (11, 0.2)] },
        { "step", Schedule.Step(1, 3, 0.5), [(0, 1), (2, 1), (3, 0.5), (5, 0.5), (6, 0.25)] },
        { "milestones", Schedule.MultiStep(1, [2, 5], 0.5), [(0, 1), (1, 1), (2, 0.5), (4, 0.5), (5, 0.25)] },
        { "exponential", Schedule.Exponential(1, 0.5), [(0, 1), (1, 0.5), (10, Math.ScaleB(1, -10))] },
        { "polynomial", Schedule.Polynomial(1, 4, 2), [(0, 1), (1, 0.5625), (4, 0), (9, 0)] },
        { "inverse time", Schedule.InverseTime(1, 0.5), [(0, 1), (1, 1 / 1.5), (2, 0.5)] },
        { "warm-up", ((Schedule)1.0).WarmUp(4), [(0, 0.25), (1, 0.5), (3, 1), (4, 1), (99, 1)] },
        { "warm-up and cosine", Schedule.Cosine(1, 10).WarmUp(2), [(0, 0.5), (1, 1), (2, 1), (7, 0.5), (12, 0)] },
        { "any function", Schedule.Of(t => 2 * t), [(0, 0), (3, 6)] },
    };

    [Theory, MemberData(nameof(Corners))]
    public void RatesAtTheCornersAreAsStated(string name, Schedule schedule, (int Step, double Rate)[] corners)
    {
        var compiled = Diff.Compile<Tensor, Tensor>(schedule.At);
        foreach (var (step, rate) in corners)
        {
            var actual = schedule.At(step);
            Assert.True(Math.Abs(rate - actual) <= Rounding, $"{name} at {step}: {actual}, not {rate}");
            Assert.Equal(rate, compiled(Tensor.Of((long)step)).Item(), Rounding);
        }
    }

    [Fact]
    public void WhatIsNoStepOrNoRateIsRefused()
    {
        Assert.Throws<DTypeException>(() => Schedule.Constant(1).At(Tensor.Of(1.0)));
        Assert.Throws<DTypeException>(() => Schedule.Constant(1).At(Tensor.Of([1L])));
        Assert.Throws<DTypeException>(() => Schedule.Of(t => t.Cast(DType.Float32)).At(0));
        foreach (var make in new Func<Schedule>[]
        {
            () => -1.0, () => Schedule.Cosine(1, 0), () => Schedule.Step(1, 0, 0.5), () => Schedule.Exponential(1, -1),
            () => Schedule.InverseTime(1, -1), () => Schedule.Polynomial(1, 0), () => Schedule.Constant(1).WarmUp(0),
        })
        {
            Assert.Throws<OptionException>(make);
        }
    }
}
