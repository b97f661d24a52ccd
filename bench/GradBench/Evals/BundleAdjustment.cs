using System.Text.Json;
using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>
/// Where cameras see points, against where they were seen, weighted; and the sparse Jacobian of all residuals by the
/// eleven numbers of each camera, the three of each point and the weights.
/// </summary>
internal static class BundleAdjustment
{
    /// <summary>
    /// Observations at one time: what the caches hold of a vector for each number, and results that are not large.
    /// </summary>
    private const int InWork = 256;

    private const int CameraSize = 11;
    private const int PointSize = 3;

    /// <summary>Each of an observation's two residuals depends on one camera, one point and one weight.</summary>
    private const int RowSize = CameraSize + PointSize + 1;

    /// <summary>How many of the Jacobian's first entries the protocol asks for; the last one follows.</summary>
    private const int Shown = 30;

    public static Eval<Input> Eval { get; } = new(
        "ba", Example(10, 100, 2000), Read,
        ("objective", (input, threads) => new ObjectiveWork(input, threads)),
        ("jacobian", (input, threads) => new JacobianWork(input, threads)));

    public static Input Example(int cameras, int points, int observations) => Replicated(
        cameras, points, observations, [0.01, -0.02, 0.03, 0.1, 0.2, -5, 500, 3, -2, -0.1, 0.02], [0.5, -0.7, 1.2], 0.8,
        [12, -7]);

    /// <summary>Cameras, points, weights and features that are all the same.</summary>
    public static Input Replicated(
        int cameras, int points, int observations, double[] camera, double[] point, double weight, double[] feature)
    {
        var order = Enumerable.Range(0, observations);
        return new(
            Rows(camera, cameras), Rows(point, points),
            Tensor.Full(DType.Float64, [observations], weight).Evaluate(), Rows(feature, observations),
            Data.Integers([.. order.Select(i => i % cameras)], observations),
            Data.Integers([.. order.Select(i => i % points)], observations));

        static Tensor Rows(double[] row, int count) =>
            Tensor.Of(row).BroadcastTo([count, row.Length]).Evaluate();
    }

    /// <summary>The residuals [p, 2] and how far the weights are from 1, [p].</summary>
    public static Residuals Objective(Input input)
    {
        var seen = Diff.Vmap(Gathered(input), o => Residual(o.Variables, o.Feature));
        return new(Tensor.Stack([seen.X, seen.Y]).SwapAxes(), WeightError(input.Weights));
    }

    /// <summary>
    /// The derivatives that are not zero: of each observation's residuals by what they depend on, [p, 2 x 15], and of
    /// the weights' errors, [p].
    /// </summary>
    public static Residuals Derivative(Input input)
    {
        var (x, y) = Diff.Vmap(Gathered(input), o => (
            Diff.Grad(o.Variables, v => Residual(v, o.Feature).X),
            Diff.Grad(o.Variables, v => Residual(v, o.Feature).Y)));
        return new(
            Tensor.Stack([.. x.Numbers, .. y.Numbers]).SwapAxes(), Diff.Vmap(Diff.Grad(WeightError))(input.Weights));
    }

    /// <summary>The places of the values of the Jacobian, as compressed rows.</summary>
    public static void Places(Input input, Span<int> rows, Span<int> columns)
    {
        var (n, m, p) = (input.Cameras.Shape[0], input.Points.Shape[0], input.Weights.Shape[0]);
        var cameras = input.CameraOf.ToValue().AsSpan<int>();
        var points = input.PointOf.ToValue().AsSpan<int>();
        for (var i = 0; i < p; i++)
        {
            var row = columns.Slice(2 * RowSize * i, 2 * RowSize);
            for (var j = 0; j < CameraSize; j++)
                row[j] = (CameraSize * cameras[i]) + j;
            for (var j = 0; j < PointSize; j++)
                row[CameraSize + j] = (CameraSize * n) + (PointSize * points[i]) + j;
            row[RowSize - 1] = (CameraSize * n) + (PointSize * m) + i;
            row[..RowSize].CopyTo(row[RowSize..]);
            (rows[2 * i], rows[(2 * i) + 1]) = (2 * RowSize * i, ((2 * i) + 1) * RowSize);
            columns[(2 * RowSize * p) + i] = row[RowSize - 1];
            rows[(2 * p) + i] = (2 * RowSize * p) + i;
        }
        rows[3 * p] = ((2 * RowSize) + 1) * p;
    }

    private static Vector2 Residual(Variables variables, Vector2 feature)
    {
        var (camera, point, weight) = variables;
        var turned = Rotated(camera.Rotation, point - camera.Centre);
        var (x, y) = (turned.X / turned.Z, turned.Y / turned.Z);
        var square = (x * x) + (y * y);
        var scale = camera.Focal * (1 + (camera.K1 * square) + (camera.K2 * square * square));
        return new(
            weight * ((scale * x) + camera.U0 - feature.X),
            weight * ((scale * y) + camera.V0 - feature.Y));
    }

    private static Tensor WeightError(Tensor weight) => 1 - (weight * weight);

    /// <summary>Turned about an axis by the angle that is its length.</summary>
    private static Vector3 Rotated(Vector3 axis, Vector3 y)
    {
        var square = axis.Dot(axis);
        var angle = Tensor.Sqrt(square);
        var (unit, cosine) = (axis / angle, Tensor.Cos(angle));
        var far = (y * cosine) + (unit.Cross(y) * Tensor.Sin(angle)) + (unit * (unit.Dot(y) * (1 - cosine)));
        var near = y + axis.Cross(y);
        return Tree.Map(far, near, (f, n) => Tensor.Where(Tensor.NotEqual(square, 0), f, n));
    }

    /// <summary>Each number of the observations as a vector.</summary>
    private static Observation Gathered(Input input)
    {
        var c = input.Cameras.SwapAxes().Take(input.CameraOf, 1).Unstack();
        var x = input.Points.SwapAxes().Take(input.PointOf, 1).Unstack();
        var feature = input.Features.Unstack(1);
        Camera camera = new(new(c[0], c[1], c[2]), new(c[3], c[4], c[5]), c[6], c[7], c[8], c[9], c[10]);
        return new(new(camera, new(x[0], x[1], x[2]), input.Weights), new(feature[0], feature[1]));
    }

    private static Input Read(JsonElement json) => Replicated(
        json.Field("n").Integer(), json.Field("m").Integer(), json.Field("p").Integer(),
        json.Field("cam").Items(Json.Number), json.Field("x").Items(Json.Number), json.Field("w").Number(),
        json.Field("feat").Items(Json.Number));

    /// <summary>
    /// Cameras [n, 11] (rotation, centre, focal length, principal point, distortion), points [m, 3], weights [p],
    /// features [p, 2], and for each of p observations its camera and its point.
    /// </summary>
    internal sealed record Input(
        Tensor Cameras, Tensor Points, Tensor Weights, Tensor Features, Tensor CameraOf, Tensor PointOf)
    {
        /// <summary>The same cameras and points, and of what belongs to observations something else.</summary>
        public Input Observed(Func<Tensor, Tensor> some) => new(
            Cameras, Points, some(Weights), some(Features), some(CameraOf), some(PointOf));
    }

    /// <summary>A row for each observation's projection, and a number for its weight.</summary>
    internal sealed record Residuals(Tensor Projections, Tensor Weights);

    private sealed record Vector2(Tensor X, Tensor Y);

    private sealed record Vector3(Tensor X, Tensor Y, Tensor Z)
    {
        public static Vector3 operator +(Vector3 a, Vector3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

        public static Vector3 operator -(Vector3 a, Vector3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

        public static Vector3 operator *(Vector3 a, Tensor b) => new(a.X * b, a.Y * b, a.Z * b);

        public static Vector3 operator /(Vector3 a, Tensor b) => new(a.X / b, a.Y / b, a.Z / b);

        public Tensor Dot(Vector3 b) => (X * b.X) + (Y * b.Y) + (Z * b.Z);

        public Vector3 Cross(Vector3 b) => new(
            (Y * b.Z) - (Z * b.Y), (Z * b.X) - (X * b.Z), (X * b.Y) - (Y * b.X));
    }

    private sealed record Camera(
        Vector3 Rotation, Vector3 Centre, Tensor Focal, Tensor U0, Tensor V0, Tensor K1, Tensor K2);

    /// <summary>What a residual is differentiated by.</summary>
    private sealed record Variables(Camera Camera, Vector3 Point, Tensor Weight)
    {
        /// <summary>In the order of the Jacobian's columns.</summary>
        public IEnumerable<Tensor> Numbers =>
        [
            Camera.Rotation.X, Camera.Rotation.Y, Camera.Rotation.Z, Camera.Centre.X, Camera.Centre.Y, Camera.Centre.Z,
            Camera.Focal, Camera.U0, Camera.V0, Camera.K1, Camera.K2, Point.X, Point.Y, Point.Z, Weight,
        ];
    }

    private sealed record Observation(Variables Variables, Vector2 Feature);

    /// <summary>A function of observations, done for some of them at a time.</summary>
    internal abstract class InParts : Work
    {
        private readonly Program<Input, Residuals[]> program;

        protected InParts(Input input, Func<Input, Residuals> f, int threads)
        {
            Count = input.Weights.Shape[0];
            program = Of(input, x => Parts(x, f), threads, (_, _) => { });
        }

        /// <summary>How many observations there are.</summary>
        protected int Count { get; }

        public override (Lambda Program, IReadOnlyList<Value> Arguments) Trace() => program.Trace();

        public override void Run() => program.Run();

        /// <summary>What there is of every projection, one after the other, and then of every weight.</summary>
        public double[] Values() =>
        [
            .. program.Output.SelectMany(r => r.Projections.ToArray<double>()),
            .. program.Output.SelectMany(r => r.Weights.ToArray<double>()),
        ];

        // Many equally large parts, and what is left over.
        private static Residuals[] Parts(Input input, Func<Input, Residuals> f)
        {
            var count = input.Weights.Shape[0];
            var parts = count / InWork;
            Residuals[] rest = count % InWork == 0 ? [] : [f(input.Observed(x => x[(parts * InWork)..]))];
            if (parts == 0)
                return rest;
            var whole = input.Observed(x => x[..(parts * InWork)].Reshape([parts, InWork, .. x.Shape.Skip(1)]));
            var seen = (whole.Weights, whole.Features, whole.CameraOf, whole.PointOf);
            return
            [
                Flow.Map(seen, o => f(new(input.Cameras, input.Points, o.Weights, o.Features, o.CameraOf, o.PointOf))),
                .. rest,
            ];
        }
    }

    /// <summary>The residuals.</summary>
    internal sealed class ObjectiveWork(Input input, int threads) : InParts(input, Objective, threads)
    {
        public override void Write(Utf8JsonWriter writer)
        {
            var values = Values();
            writer.WriteStartObject();
            writer.WriteStartObject("reproj_error");
            WriteArray(writer, "elements", values[..2]);
            writer.WriteNumber("repeated", Count);
            writer.WriteEndObject();
            writer.WriteStartObject("w_err");
            writer.WritePropertyName("element");
            writer.WriteNumber(values[2 * Count]);
            writer.WriteNumber("repeated", Count);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    /// <summary>The sparse Jacobian: its values, and their places, which need no derivative.</summary>
    internal sealed class JacobianWork : InParts
    {
        private readonly Input input;

        public JacobianWork(Input input, int threads) : base(input, Derivative, threads)
        {
            this.input = input;
            Rows = new int[(3 * Count) + 1];
            Columns = new int[((2 * RowSize) + 1) * Count];
            Run();
        }

        public int[] Rows { get; }

        public int[] Columns { get; }

        public override void Run()
        {
            Places(input, Rows, Columns);
            base.Run();
        }

        public override void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            WriteArray(writer, "rows", Ends(Rows));
            WriteArray(writer, "cols", Ends(Columns));
            WriteArray(writer, "vals", Ends(Values()));
            writer.WriteEndObject();
        }

        private static double[] Ends(int[] all) => [.. all.Take(Shown), all[^1]];

        private static double[] Ends(double[] all) => [.. all.Take(Shown), all[^1]];
    }

    private static void WriteArray(Utf8JsonWriter writer, string name, double[] numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers)
            writer.WriteNumber(number);
        writer.WriteEndArray();
    }
}
