using DistGrad.Transforms;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// The classic example of one weight, fitted sample by sample: every gradient, weight and loss on the way.
/// </summary>
internal static class Tutorial
{
    public static IEnumerable<string?> Run(Case @case, Settings settings)
    {
        var model = new Model(settings);
        var tolerance = Tolerance.Of(@case, settings.DType);
        var (xs, ys) = (Numbers(@case["xs"]), Numbers(@case["ys"]));
        var (w, lr) = (@case.Number("w0"), @case.Number("lr"));
        yield return Comparison.Difference(
            "predict_before", @case.Number("predict_before"), model.Predict(w, @case.Number("x_test")), tolerance);
        foreach (var epoch in @case["epochs_log"].EnumerateArray())
        {
            var name = $"epoch {epoch.GetProperty("epoch").GetInt32()}";
            var (before, after) = (0.0, 0.0);
            for (var i = 0; i < xs.Length; i++)
            {
                (before, var gradient) = model.LossAndGradient(w, xs[i], ys[i]);
                w = model.Step(w, gradient, lr);
                (after, _) = model.LossAndGradient(w, xs[i], ys[i]);
                foreach (var (field, actual) in new[]
                {
                    ("grads", gradient), ("w_after", w),
                    ("losses_before_update", before), ("losses_after_update", after),
                })
                {
                    yield return Comparison.Difference(
                        $"{name} {field}[{i}]", Numbers(epoch.GetProperty(field))[i], actual, tolerance);
                }
            }
            foreach (var (field, actual) in new[] { ("before", before), ("after", after) })
            {
                var expected = Arrays.Number(epoch.GetProperty($"progress_loss_{field}_update"));
                yield return Comparison.Difference($"{name} progress loss {field} update", expected, actual, tolerance);
            }
        }
        yield return Comparison.Difference("w_final", @case.Number("w_final"), w, tolerance);
        yield return Comparison.Difference(
            "predict_after", @case.Number("predict_after"), model.Predict(w, @case.Number("x_test")), tolerance);
    }

    private static double[] Numbers(System.Text.Json.JsonElement list) =>
        [.. list.EnumerateArray().Select(Arrays.Number)];

    /// <summary>x w, its squared error, and a step against the gradient, as programs of scalars.</summary>
    private sealed class Model
    {
        private readonly Settings settings;
        private readonly Lambda predict;
        private readonly Lambda lossAndGradient;
        private readonly Lambda step;

        public Model(Settings settings)
        {
            this.settings = settings;
            var (w, x, y) = (Scalar("w"), Scalar("x"), Scalar("y"));
            var error = (x * w) - y;
            var loss = error * error;
            var gradient = Vjp.Run([loss], [w], [Tensor.Full(loss.DType, [], 1)])[0]!;
            predict = new("predict", [w, x], [x * w]);
            lossAndGradient = new("loss", [w, x, y], [loss, gradient]);
            step = new("step", [w, x, y], [w - (y * x)]);
        }

        public double Predict(double w, double x) => Run(predict, w, x)[0];

        public (double Loss, double Gradient) LossAndGradient(double w, double x, double y) =>
            Run(lossAndGradient, w, x, y) is [var loss, var gradient] ? (loss, gradient) : default;

        public double Step(double w, double gradient, double rate) => Run(step, w, gradient, rate)[0];

        private double[] Run(Lambda program, params double[] arguments) =>
        [
            .. Evaluation.Evaluate(program, [.. arguments.Select(a => Value.Scalar(settings.DType, a))], settings.Mode)
                .Select(v => v.Double(0)),
        ];

        private Tensor Scalar(string name) => Tensor.Parameter(new(settings.DType, []), name, "tutorial");
    }
}
