namespace DistGrad.GradBench.Evals;

/// <summary>Made-up inputs: the same numbers whenever they are asked for.</summary>
internal static class Data
{
    /// <summary>Numbers of [0, 1), by a seed.</summary>
    public static Tensor Uniform(int seed, params int[] dimensions) =>
        Tensor.Uniform(Key.Of(seed), Shape.Of(dimensions), DType.Float64).Evaluate();

    /// <summary>Numbers of the normal distribution, by a seed.</summary>
    public static Tensor Normal(int seed, params int[] dimensions) =>
        Tensor.Normal(Key.Of(seed), Shape.Of(dimensions), DType.Float64).Evaluate();

    /// <summary>Integers, as they are.</summary>
    public static Tensor Integers(int[] numbers, params int[] dimensions) =>
        Tensor.FromValue(Value.Of<int>(Shape.Of(dimensions), numbers));
}
