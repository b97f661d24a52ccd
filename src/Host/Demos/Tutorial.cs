using System.Globalization;

namespace DistGrad.Host.Demos;

/// <summary>
/// The classic first example of gradient descent: learn w of y = x w, one sample at a time, in float32.
/// </summary>
internal static class Tutorial
{
    private static readonly (float X, float Y)[] Data = [(1, 2), (2, 4), (3, 6)];

    public static void Run(TextWriter output)
    {
        var w = Tensor.Of(1f);
        output.WriteLine($"predict before: 4 {Text(Forward(4, w))}");
        for (var epoch = 0; epoch < 100; epoch++)
        {
            var last = w;
            foreach (var (x, y) in Data)
            {
                var (loss, gradient) = Diff.ValueAndGrad(w, v => Loss(x, y, v));
                output.WriteLine($"\tgrad: {Text(x)} {Text(y)} {Text(gradient)}");
                w = (w - (0.01 * gradient)).Evaluate();
                last = loss;
            }
            output.WriteLine($"progress: {epoch} {Text(last)}");
        }
        output.WriteLine($"predict after: 4 {Text(Forward(4, w))}");
    }

    private static Tensor Forward(float x, Tensor w) => x * w;

    private static Tensor Loss(float x, float y, Tensor w) => Tensor.Square(Forward(x, w) - y);

    /// <summary>
    /// A number as Python prints one: the shortest digits that give it back, with a point or an exponent.
    /// </summary>
    private static string Text(Tensor number) => Text(number.Item());

    private static string Text(double number)
    {
        var digits = number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return digits.AsSpan().ContainsAny(".e") ? digits : digits + ".0";
    }
}
