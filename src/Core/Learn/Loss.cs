namespace DistGrad.Learn;

/// <summary>
/// How wrong predictions are. Operands must have equal shapes and dtypes: nothing broadcasts in a loss, since [n, 1]
/// against [n] would silently compare everything with everything.
/// </summary>
public static partial class Loss
{
    /// <summary>(prediction - target)^2, elementwise; its mean is the mean squared error.</summary>
    public static Tensor SquaredError(Tensor prediction, Tensor target, Reduction reduction = Reduction.Mean)
    {
        RequireAlike("SquaredError", "prediction", prediction, "target", target);
        return Reduce(Tensor.Square(prediction - target), reduction);
    }

    /// <summary>|prediction - target|, elementwise; its derivative where they are equal is 0.</summary>
    public static Tensor AbsoluteError(Tensor prediction, Tensor target, Reduction reduction = Reduction.Mean)
    {
        RequireAlike("AbsoluteError", "prediction", prediction, "target", target);
        return Reduce(Tensor.Abs(prediction - target), reduction);
    }

    /// <summary>
    /// d^2 / 2 where |d| is at most delta, else delta (|d| - delta / 2), elementwise, with d = prediction - target
    /// (Huber 1964).
    /// </summary>
    public static Tensor Huber(
        Tensor prediction, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean)
    {
        RequireAlike("Huber", "prediction", prediction, "target", target);
        Require.Positive("Huber", nameof(delta), delta);
        var d = prediction - target;
        var size = Tensor.Abs(d);
        return Reduce(Tensor.Where(size <= delta, 0.5 * d * d, delta * (size - (delta / 2))), reduction);
    }

    /// <summary>max(0, 1 - label score), elementwise, with labels -1 and 1.</summary>
    public static Tensor Hinge(Tensor scores, Tensor labels, Reduction reduction = Reduction.Mean)
    {
        RequireAlike("Hinge", "scores", scores, "labels", labels);
        return Reduce(Tensor.Relu(1 - (labels * scores)), reduction);
    }

    /// <summary>
    /// The cross-entropy of labels in [0, 1] with sigmoid(logits), elementwise: softplus(z) - y z, which is finite for
    /// any finite logit.
    /// </summary>
    public static Tensor Logistic(Tensor logits, Tensor labels, Reduction reduction = Reduction.Mean)
    {
        RequireAlike("Logistic", "logits", logits, "labels", labels);
        return Reduce(Tensor.Softplus(logits) - (labels * logits), reduction);
    }

    /// <summary>
    /// The cross-entropy of labels in [0, 1] with probabilities, elementwise: -(y log p + (1 - y) log(1 - p)), where 0
    /// log 0 is 0. Where there are logits, <see cref="Logistic"/> keeps more digits.
    /// </summary>
    public static Tensor BinaryCrossEntropy(Tensor probabilities, Tensor labels, Reduction reduction = Reduction.Mean)
    {
        RequireAlike("BinaryCrossEntropy", "probabilities", probabilities, "labels", labels);
        var (p, y) = (probabilities, labels);
        return Reduce(-(StrongMul.Of(y, Tensor.Log(p)) + StrongMul.Of(1 - y, Tensor.Log(1 - p))), reduction);
    }

    private static Tensor Reduce(Tensor losses, Reduction reduction) => reduction switch
    {
        Reduction.Mean => losses.Mean(),
        Reduction.Sum => losses.Sum(),
        Reduction.None => losses,
        _ => throw new OptionException($"Loss: {reduction} is no reduction"),
    };

    private static void RequireAlike(string loss, string firstName, Tensor first, string secondName, Tensor second)
    {
        RequireFloat(loss, firstName, first);
        ArgumentNullException.ThrowIfNull(second);
        var both = $"the {firstName} are {first.Type} and the {secondName} {second.Type}";
        if (first.DType != second.DType)
            throw new DTypeException($"{loss}: {both}; Cast the {secondName} to {first.DType.Name}");
        if (first.Shape != second.Shape)
            throw new ShapeException(
                $"{loss}: {both}; a loss does not broadcast: Reshape one of them so that both shapes are equal");
    }

    private static void RequireFloat(string loss, string name, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (!x.DType.IsFloat)
            throw new DTypeException($"{loss}: the {name} are {x.Type}; Cast them to a floating-point dtype");
    }
}
