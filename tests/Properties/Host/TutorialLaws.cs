using System.Globalization;
using DistGrad.Host.Demos;
using DistGrad.Properties.Architecture;
using Xunit;

namespace DistGrad.Properties.Host;

public class TutorialLaws
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Properties", "Host");

    private static string[] Lines()
    {
        using var output = new StringWriter { NewLine = "\n" };
        Tutorial.Run(output);
        return output.ToString().TrimEnd('\n').Split('\n');
    }

    [Fact]
    public void TheTranscriptIsExactlyThis() =>
        Assert.Equal(File.ReadAllLines(Path.Combine(Folder, "tutorial.txt")), Lines());

    // In float64 the same recurrence is a line of arithmetic; float32 may only differ from it by rounding.
    [Fact]
    public void GradientsAreThoseOfTheFormula()
    {
        var lines = Lines().Where(line => line.StartsWith('\t'));
        double[] shown = [.. lines.Select(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture))];
        Assert.Equal(300, shown.Length);
        var w = 1.0;
        for (var i = 0; i < shown.Length; i++)
        {
            var x = 1.0 + (i % 3);
            var gradient = 2 * x * ((x * w) - (2 * x));
            // w is near 2 and stored to 2^-23; a gradient is 2 x^2 times its distance to 2, and 300 roundings add up
            // at most.
            Assert.Equal(gradient, shown[i], 1e-4);
            w -= 0.01 * gradient;
        }
    }
}
