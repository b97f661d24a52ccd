using System.Collections.Immutable;
using DistGrad.Execute;

namespace DistGrad.Properties.Generators;

/// <summary>Derivative programs of a program, made of it by the transforms alone, and their values.</summary>
static class Derived
{
    /// <summary>
    /// (x..., dx...) to dy..., with a dx for each floating-point x and a dy for each floating-point y.
    /// </summary>
    public static Lambda Jvp(Lambda f)
    {
        ImmutableArray<Tensor?> tangents =
            [.. f.Parameters.Select(p => p.DType.IsFloat ? Tensor.Parameter(p.Type, "dx", "jvp") : null)];
        var results = Floats(f.Results);
        var dy = Transforms.Jvp.Run(results, f.Parameters, tangents);
        return new(
            $"jvp of {f.Name}", [.. f.Parameters, .. tangents.OfType<Tensor>()], HeldPrograms.Explicit(dy, results));
    }

    /// <summary>(x..., ct...) to the cotangents of the floating-point x, with a ct for each floating-point y.</summary>
    public static Lambda Vjp(Lambda f)
    {
        var (variables, results) = (Floats(f.Parameters), Floats(f.Results));
        ImmutableArray<Tensor> ct = [.. results.Select(r => Tensor.Parameter(r.Type, "ct", "vjp"))];
        var cts = Transforms.Vjp.Run(results, variables, [.. ct]);
        return new($"vjp of {f.Name}", [.. f.Parameters, .. ct], HeldPrograms.Explicit(cts, variables));
    }

    /// <summary>f over a batch of the marked parameters; every result has a batch.</summary>
    public static Lambda Vmap(Lambda f, int size, ImmutableArray<bool> batched) =>
        Transforms.OfPrograms.Instance.Batch(f, size, batched);

    public static ImmutableArray<Tensor> Floats(IEnumerable<Tensor> tensors) =>
        [.. tensors.Where(t => t.DType.IsFloat)];

    public static ImmutableArray<Value> Run(Lambda f, params ImmutableArray<Value> arguments) =>
        Interpreter.Run(f, arguments);

    /// <summary>The elements of the floating-point values, one after the other.</summary>
    public static double[] Flat(IEnumerable<Value> values) =>
        [.. values.Where(v => v.DType.IsFloat).SelectMany(v => Enumerable.Range(0, v.Shape.Size).Select(v.Double))];

    /// <summary>The floating-point values x + h dx, others as they are.</summary>
    public static ImmutableArray<Value> Moved(ImmutableArray<Value> x, ImmutableArray<Value> dx, double h)
    {
        var next = 0;
        return [.. x.Select(v => v.DType.IsFloat ? Sum(v, dx[next++]) : v)];

        Value Sum(Value v, Value d) => Value.FromDoubles(v.DType, v.Shape, i => v.Double(i) + (h * d.Double(i)));
    }

    public static ImmutableArray<Value> Scaled(double a, ImmutableArray<Value> x) =>
        [.. x.Select(v => Value.FromDoubles(v.DType, v.Shape, i => a * v.Double(i)))];

    /// <summary>
    /// The derivative of f at x along dx by differences: central, at two steps, extrapolated, so that the error is of
    /// the order of h^4 and of the rounding over h. Nothing where the two disagree, as they do across a kink, which
    /// says nothing of any rule.
    /// </summary>
    public static double[]? Difference(Lambda f, ImmutableArray<Value> x, ImmutableArray<Value> dx)
    {
        const double H = 1e-4, Settled = 1e-5;
        var (whole, half) = (Central(H), Central(H / 2));
        for (var i = 0; i < whole.Length; i++)
        {
            if (!(Math.Abs(whole[i] - half[i]) <= Settled * (1 + Math.Abs(half[i]))))
                return null;
        }
        return [.. whole.Zip(half, (w, h) => ((4 * h) - w) / 3)];

        double[] Central(double h) =>
            [.. Flat(Run(f, Moved(x, dx, h))).Zip(Flat(Run(f, Moved(x, dx, -h))), (up, down) => (up - down) / (2 * h))];
    }
}
