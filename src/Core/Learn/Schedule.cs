namespace DistGrad.Learn;

/// <summary>
/// A rate as a function of the step, which counts updates from 0: an int64 scalar to a float64 scalar, so that it can
/// be part of a compiled program. A number stands for the schedule that is always that number.
/// </summary>
public sealed class Schedule
{
    private readonly Func<Tensor, Tensor> rate;

    private Schedule(Func<Tensor, Tensor> rate) => this.rate = rate;

    /// <summary>The rate that is always this number.</summary>
    public static implicit operator Schedule(double rate) => Constant(rate);

    /// <summary>
    /// The schedule of any function of the step, which is given as a float64 scalar and must give one.
    /// </summary>
    public static Schedule Of(Func<Tensor, Tensor> rate)
    {
        ArgumentNullException.ThrowIfNull(rate);
        return new(rate);
    }

    /// <summary>Always the rate.</summary>
    public static Schedule Constant(double rate)
    {
        Require.AtLeastZero("Schedule", nameof(rate), rate);
        return new(_ => Number(rate));
    }

    /// <summary>
    /// Half a cosine from the rate down to the least in so many steps, and the least from then on: least + (rate -
    /// least) (1 + cos(pi t / steps)) / 2 (Loshchilov and Hutter 2017, without restarts).
    /// </summary>
    public static Schedule Cosine(double rate, int steps, double least = 0)
    {
        Require.AtLeastZero("Schedule.Cosine", nameof(rate), rate);
        Require.AtLeastZero("Schedule.Cosine", nameof(least), least);
        Require.Positive("Schedule.Cosine", nameof(steps), steps);
        return new(t => least + ((rate - least) / 2 * (1 + Tensor.Cos(Math.PI * Progress(t, steps)))));
    }

    /// <summary>The rate times factor^(t div every): a drop after every so many steps.</summary>
    public static Schedule Step(double rate, int every, double factor)
    {
        Require.AtLeastZero("Schedule.Step", nameof(rate), rate);
        Require.Positive("Schedule.Step", nameof(every), every);
        Require.Positive("Schedule.Step", nameof(factor), factor);
        return new(t => rate * Tensor.Pow(Number(factor), Tensor.Floor(t / every)));
    }

    /// <summary>The rate times factor^n, where n milestones lie at or before the step.</summary>
    public static Schedule MultiStep(double rate, IEnumerable<int> milestones, double factor)
    {
        Require.AtLeastZero("Schedule.MultiStep", nameof(rate), rate);
        Require.Positive("Schedule.MultiStep", nameof(factor), factor);
        int[] passed = [.. milestones];
        return new(t => passed.Aggregate(Number(rate), (r, m) => Tensor.Where(t >= m, factor * r, r)));
    }

    /// <summary>The rate times factor^t.</summary>
    public static Schedule Exponential(double rate, double factor)
    {
        Require.AtLeastZero("Schedule.Exponential", nameof(rate), rate);
        Require.Positive("Schedule.Exponential", nameof(factor), factor);
        return new(t => rate * Tensor.Pow(Number(factor), t));
    }

    /// <summary>The rate times (1 - t / steps)^power, and 0 from then on.</summary>
    public static Schedule Polynomial(double rate, int steps, double power = 1)
    {
        Require.AtLeastZero("Schedule.Polynomial", nameof(rate), rate);
        Require.Positive("Schedule.Polynomial", nameof(steps), steps);
        Require.Positive("Schedule.Polynomial", nameof(power), power);
        return new(t => rate * Tensor.Pow(1 - Progress(t, steps), power));
    }

    /// <summary>The rate over 1 + decay t.</summary>
    public static Schedule InverseTime(double rate, double decay)
    {
        Require.AtLeastZero("Schedule.InverseTime", nameof(rate), rate);
        Require.AtLeastZero("Schedule.InverseTime", nameof(decay), decay);
        return new(t => rate / (1 + (decay * t)));
    }

    /// <summary>
    /// This schedule after a ramp: its first rate times (t + 1) / steps for so many steps, then the schedule from its
    /// beginning. <c>Schedule.Cosine(0.1, 90).WarmUp(10)</c> takes 100 steps in all.
    /// </summary>
    public Schedule WarmUp(int steps)
    {
        Require.Positive("Schedule.WarmUp", nameof(steps), steps);
        return new(t =>
            Tensor.Where(t < steps, rate(Number(0)) * ((t + 1) / steps), rate(Tensor.Maximum(t - steps, 0))));
    }

    /// <summary>The rate at a step, an integer scalar that counts from 0: a float64 scalar.</summary>
    public Tensor At(Tensor step)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (!step.DType.IsInteger || step.Rank != 0)
            throw new DTypeException($"Schedule: the step is an integer scalar; found {step.Type}");
        var at = rate(step.Cast(DType.Float64));
        return at.DType == DType.Float64 && at.Rank == 0 ? at : throw new DTypeException(
            $"Schedule: a schedule's rate is a float64 scalar; its function gave {at.Type}");
    }

    /// <summary>The rate at a step that counts from 0.</summary>
    public double At(long step) => At(Tensor.Of(step)).Item();

    private static Tensor Progress(Tensor t, int steps) => Tensor.Minimum(t, steps) / steps;

    private static Tensor Number(double value) => Tensor.Number(DType.Float64, value);
}
