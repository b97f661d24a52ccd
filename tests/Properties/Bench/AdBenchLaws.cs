using System.Globalization;
using System.Text.Json;
using DistGrad.GradBench.Evals;
using Xunit;

namespace DistGrad.Properties.Bench;

/// <summary>
/// Objectives and derivatives of the four problems of ADBench are those of a hand-derived program, where its values are
/// at hand. The functions are those of the GradBench tool.
/// </summary>
public class AdBenchLaws
{
    /// <summary>Relative to a number, or to a millionth of the largest: entries may be 0 but for rounding.</summary>
    private const double Tolerance = 1e-8;

    /// <summary>Where 2.5 million terms add up.</summary>
    private const double OfManyTerms = 1e-7;

    private static readonly char[] Blanks = [' ', '\t', '\n', '\r'];

    [Theory]
    [InlineData("gmm_test_d2_K3_n1", Tolerance)]
    [InlineData("gmm_1k_d2_K5", Tolerance)]
    [InlineData("gmm_1k_d10_K25", Tolerance)]
    [InlineData("gmm_1k_d32_K25", Tolerance)]
    [InlineData("gmm_replicated_2500k_d2_K5", OfManyTerms)]
    public void Mixtures(string name, double tolerance)
    {
        var (file, expected) = Case("gmm", name);
        var (d, k, n) = (file.Integer(), file.Integer(), file.Integer());
        var (alpha, mu, factors) = (file.Tensor(k), file.Tensor(k, d), file.Tensor(k, d * (d + 1) / 2));
        var points = expected.GetProperty("problem").GetString() == "gmmrep"
            ? file.Tensor(1, d).BroadcastTo([n, d]).Evaluate()
            : file.Tensor(n, d);
        var prior = new Gmm.Prior(file.Number(), file.Integer());
        var parameters = new Gmm.Parameters(alpha, mu, factors[.., ..d].Evaluate(), factors[.., d..].Evaluate());
        // The sign of this one's prior is the other.
        var (value, gradient) = Diff.Compile((Gmm.Parameters p, Tensor x) => Diff.ValueAndGrad(
            p, q => Gmm.LogLikelihood(q, x) - Gmm.LogPrior(q, prior)))(parameters, points);
        RequireNear(expected.GetProperty("objective"), value, tolerance);
        var flat = Tensor.Concat(
            [gradient.Alpha, gradient.Mu.Flatten(), Tensor.Concat([gradient.Q, gradient.L], 1).Flatten()]);
        RequireNear(expected.GetProperty("gradient"), flat, tolerance);
    }

    [Theory]
    [InlineData("ba_test_n2_m10_p10")]
    [InlineData("ba_varied_n5_m20_p60")]
    public void Bundles(string name)
    {
        var (file, expected) = Case("ba", name);
        var input = Bundle(file, expected.GetProperty("problem").GetString() == "bax");
        var residuals = new BundleAdjustment.ObjectiveWork(input, 1).Values();
        var p = input.Weights.Shape[0];
        RequireNear(Doubles(expected.GetProperty("reproj_err")), residuals[..(2 * p)], Tolerance);
        RequireNear(Doubles(expected.GetProperty("w_err")), residuals[(2 * p)..], Tolerance);
        var jacobian = new BundleAdjustment.JacobianWork(input, 1);
        RequireNear(Doubles(expected.GetProperty("vals")), jacobian.Values(), Tolerance);
        Assert.Equal(Integers(expected.GetProperty("rows")), jacobian.Rows);
        Assert.Equal(Integers(expected.GetProperty("cols")), jacobian.Columns);
    }

    [Theory]
    [InlineData("ba1_n49_m7776_p31843")]
    [InlineData("ba3_n161_m48126_p182072")]
    public void BundlesOfEqualObservations(string name)
    {
        var (file, expected) = Case("ba", name);
        var input = Bundle(file, varied: false);
        var p = input.Weights.Shape[0];
        var jacobian = new BundleAdjustment.JacobianWork(input, 1);
        var values = jacobian.Values();
        var block = expected.GetProperty("block_2x15").EnumerateArray().SelectMany(Doubles).ToArray();
        // The first, the last and one between: of a full part, of the rest, and of any.
        foreach (var i in new[] { 0, p / 2, p - 1 })
            RequireNear(block, values[(30 * i)..(30 * (i + 1))], Tolerance);
        RequireNear(Doubles(expected.GetProperty("dw_err_dw_each")), values[(30 * p)..((30 * p) + 1)], Tolerance);
        RequireNear(Doubles(expected.GetProperty("sum_vals")), [values.Sum()], Tolerance);
        Assert.Equal(expected.GetProperty("nnz").GetInt32(), jacobian.Columns.Length);
        Assert.Equal(expected.GetProperty("checksum_rows").GetInt64(), jacobian.Rows.Sum(r => (long)r));
        Assert.Equal(expected.GetProperty("checksum_cols").GetInt64(), jacobian.Columns.Sum(c => (long)c));
    }

    [Fact]
    public void Texts()
    {
        var (file, expected) = Case("lstm", "lstm_l2_c1024");
        var (l, c, b) = (file.Integer(), file.Integer(), file.Integer());
        var parameters = new Lstm.Parameters(file.Tensor(2 * l, 4 * b), file.Tensor(3, b));
        var input = new Lstm.Input(parameters, file.Tensor(2 * l, b), file.Tensor(c, b));
        var (value, gradient) = Diff.Compile((Lstm.Input x) => (Lstm.Loss(x.Parameters, x), Lstm.Jacobian(x)))(input);
        RequireNear(expected.GetProperty("objective"), value, Tolerance);
        RequireNear(expected.GetProperty("gradient"), gradient, Tolerance);
    }

    [Theory]
    [InlineData("hand")]
    [InlineData("handc")]
    public void Hands(string problem)
    {
        var (file, expected) = Case(problem, "hand1_t26_c100");
        var (n, poses) = (file.Integer(), file.Integer());
        var measured = file.Tensor(n, 4);
        var places = problem == "handc" ? file.Tensor(n, 2) : null;
        var theta = file.Tensor(poses);
        var input = new HandTracking.Input(
            HandModel(Path.Combine(Shared.Folder("adbench"), problem, "model")), theta,
            measured[.., 0].Cast(DType.Int32).Evaluate(), measured[.., 1..].Evaluate(), places);
        var (errors, jacobian) = Diff.Compile((HandTracking.Input x) =>
            (HandTracking.Errors(x), HandTracking.Jacobian(x)))(input);
        RequireNear(expected.GetProperty("objective"), errors, Tolerance);
        var rows = expected.GetProperty("jacobian").EnumerateArray().SelectMany(Doubles).ToArray();
        RequireNear(rows, jacobian.Flatten(), Tolerance);
    }

    private static (Numbers File, JsonElement Expected) Case(string folder, string name)
    {
        var path = Path.Combine(Shared.Folder("adbench"), folder, name);
        return (
            new(File.ReadAllText($"{path}.txt")),
            JsonDocument.Parse(File.ReadAllBytes($"{path}.expected.json")).RootElement);
    }

    private static BundleAdjustment.Input Bundle(Numbers file, bool varied)
    {
        var (n, m, p) = (file.Integer(), file.Integer(), file.Integer());
        if (!varied)
            return BundleAdjustment.Replicated(
                n, m, p, file.Take(11), file.Take(3), file.Number(), file.Take(2));
        var (cameras, points, seen) = (file.Tensor(n, 11), file.Tensor(m, 3), file.Tensor(p, 5));
        return new(
            cameras, points, seen[.., 0].Evaluate(), seen[.., 3..].Evaluate(),
            seen[.., 1].Cast(DType.Int32).Evaluate(), seen[.., 2].Cast(DType.Int32).Evaluate());
    }

    private static HandTracking.Model HandModel(string folder)
    {
        var bones = Fields(folder, "bones.txt");
        var vertices = Fields(folder, "vertices.txt");
        var triangles = Fields(folder, "triangles.txt");
        var weights = new double[vertices.Length * bones.Length];
        for (var v = 0; v < vertices.Length; v++)
        {
            for (var i = 0; i < Parsed(vertices[v][8]); i++)
                weights[(v * bones.Length) + (int)Parsed(vertices[v][9 + (2 * i)])] = Parsed(vertices[v][10 + (2 * i)]);
        }
        return HandTracking.Model.Of(
            [.. bones.Select(b => (int)Parsed(b[1]))],
            Tensor.Of(bones.SelectMany(b => b[2..18]).Select(Parsed), bones.Length, 4, 4),
            Tensor.Of(bones.SelectMany(b => b[18..34]).Select(Parsed), bones.Length, 4, 4),
            Tensor.Of(vertices.SelectMany(v => v[..3].Select(Parsed).Append(1)), vertices.Length, 4),
            Tensor.Of(weights, vertices.Length, bones.Length),
            Tensor.Of(triangles.SelectMany(t => t[..3]).Select(t => (int)Parsed(t)), triangles.Length, 3),
            isMirrored: false);

        static string[][] Fields(string folder, string name) =>
            [.. File.ReadLines(Path.Combine(folder, name)).Where(l => l.Length > 0).Select(l => l.Split(':'))];
    }

    private static void RequireNear(JsonElement expected, Tensor found, double tolerance) =>
        RequireNear(Doubles(expected), found, tolerance);

    private static void RequireNear(double[] expected, Tensor found, double tolerance) =>
        RequireNear(expected, found.ToArray<double>(), tolerance);

    private static void RequireNear(double[] expected, double[] given, double tolerance)
    {
        Assert.Equal(expected.Length, given.Length);
        var largest = expected.Max(Math.Abs);
        for (var i = 0; i < given.Length; i++)
        {
            var bound = tolerance * (Math.Abs(expected[i]) + (1e-6 * largest));
            Assert.True(
                Math.Abs(given[i] - expected[i]) <= bound, $"[{i}] is {given[i]}; {expected[i]} is expected");
        }
    }

    private static double[] Doubles(JsonElement json) => json.ValueKind == JsonValueKind.Array
        ? [.. json.EnumerateArray().Select(x => x.GetDouble())]
        : [json.GetDouble()];

    private static int[] Integers(JsonElement json) => [.. json.EnumerateArray().Select(x => x.GetInt32())];

    private static double Parsed(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Numbers between blanks, read one after the other.</summary>
    private sealed class Numbers(string text)
    {
        private readonly string[] words = text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        private int next;

        public double Number() => Parsed(words[next++]);

        public int Integer() => (int)Number();

        public double[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Number())];

        public Tensor Tensor(params int[] dimensions) =>
            DistGrad.Tensor.Of(Take(Shape.Of(dimensions).Size), dimensions);
    }
}
