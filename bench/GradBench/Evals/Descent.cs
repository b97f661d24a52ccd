namespace DistGrad.GradBench.Evals;

/// <summary>Value and gradient at x of a function to a scalar, in one mode of differentiation or the other.</summary>
internal delegate ValueAndGrad<Tensor> Gradient(Tensor x, Func<Tensor, Tensor> f);

/// <summary>Gradient descent that looks for its own rate: the steps and bounds are those of the benchmark.</summary>
internal static class Descent
{
    private const double Near = 1e-5, FirstRate = 1e-5;

    /// <summary>After so many steps downwards in a row the rate is doubled.</summary>
    private const int Patience = 10;

    /// <summary>Reverse differentiation.</summary>
    public static Gradient Reverse { get; } = Diff.ValueAndGrad;

    /// <summary>Forward differentiation, along all directions together.</summary>
    public static Gradient Forward { get; } = (x, f) =>
    {
        var directions = Tensor.Eye(x.Shape.Size, x.DType).Reshape([x.Shape.Size, .. x.Shape]);
        var (values, tangents) = Diff.Vmap(directions, dx => Diff.Jvp(x, dx, f));
        return new(values[0], tangents.Reshape(x.Shape));
    };

    /// <summary>The modes by the benchmark's letters.</summary>
    public static IReadOnlyDictionary<char, Gradient> Modes { get; } =
        new Dictionary<char, Gradient> { ['r'] = Reverse, ['f'] = Forward };

    /// <summary>Where f is least, or near it, going down from x.</summary>
    public static Tensor ArgMin(Tensor x, Gradient gradient, Func<Tensor, Tensor> f)
    {
        var (value, slope) = gradient(x, f);
        var start = new State(x, value, slope, Tensor.Of(FirstRate), Tensor.Of(0), Norm(slope) > Near);
        return Flow.While(start, s => s.GoesOn, s => Next(s, gradient, f)).X;
    }

    /// <summary>Where f is greatest, or near it, going up from x.</summary>
    public static Tensor ArgMax(Tensor x, Gradient gradient, Func<Tensor, Tensor> f) =>
        ArgMin(x, gradient, t => -f(t));

    private static State Next(State s, Gradient gradient, Func<Tensor, Tensor> f)
    {
        var patient = s.Steps < Patience;
        var rate = Tensor.Where(patient, s.Rate, 2 * s.Rate);
        var steps = Tensor.Where(patient, s.Steps, 0);
        var x = s.X - (rate * s.Slope);
        var stops = Norm(s.X - x) <= Near;
        var (value, slope) = gradient(x, f);
        var better = value < s.Value;
        var takes = Tensor.And(better, Tensor.Not(stops));
        return new(
            Tensor.Where(takes, x, s.X), Tensor.Where(takes, value, s.Value), Tensor.Where(takes, slope, s.Slope),
            Tensor.Where(better, rate, rate / 2), Tensor.Where(better, steps + 1, 0),
            Tensor.And(Tensor.Not(stops), Norm(Tensor.Where(takes, slope, s.Slope)) > Near));
    }

    private static Tensor Norm(Tensor x) => Tensor.Sqrt(Tensor.Square(x).Sum());

    /// <summary>Where it is, value and slope there, the rate, steps downwards in a row, whether it goes on.</summary>
    private sealed record State(
        Tensor X, Tensor Value, Tensor Slope, Tensor Rate, Tensor Steps, Tensor GoesOn);
}
