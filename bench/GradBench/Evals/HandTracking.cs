using System.Text.Json;
using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>
/// How far points are from the surface of a hand whose pose is 26 numbers: a turn, a shift and the angles of the
/// fingers. In the simple form a point belongs to a vertex, in the complicated one to a place (u, v) of a triangle.
/// </summary>
internal static class HandTracking
{
    private const int Fingers = 5;

    /// <summary>The pose's numbers before those of the fingers, and for each finger.</summary>
    private const int Global = 6, PerFinger = 4;

    /// <summary>A turn by less than this is none.</summary>
    private const double NoTurn = 1e-4;

    public static Eval<Input> Eval { get; } = new(
        "ht", Example(400, 200), Read,
        ("objective", (input, threads) => Work.Of(input, Errors, threads)),
        ("jacobian", (input, threads) => Work.Of(input, Jacobian, threads)));

    /// <summary>A hand of fingers in a row, of random vertices.</summary>
    public static Input Example(int vertices, int points)
    {
        int[] parents = [-1, .. Enumerable.Range(0, Fingers * 4).Select(i => i % 4 == 0 ? 0 : i), 0];
        var bones = parents.Length;
        var weights = Data.Uniform(1, vertices, bones);
        var ones = Tensor.Ones([vertices, 1], DType.Float64);
        var places = Tensor.Concat([Data.Uniform(2, vertices, 3), ones], 1);
        var model = Model.Of(
            parents, Matrices(3), Matrices(4), places, weights / weights.Sum([1], keepDims: true),
            Data.Integers([.. Enumerable.Range(0, 3 * vertices).Select(i => i * 7 % vertices)], vertices, 3), false);
        return new(
            model, Data.Uniform(5, Global + (Fingers * PerFinger)),
            Data.Integers([.. Enumerable.Range(0, points).Select(i => i * 5 % vertices)], points),
            Data.Uniform(6, points, 3), Data.Uniform(7, points, 2));

        Tensor Matrices(int seed) => Tensor.Concat(
            [
                Data.Uniform(seed, bones, 3, 4),
                Tensor.Of([0.0, 0, 0, 1]).BroadcastTo([bones, 1, 4]),
            ],
            1);
    }

    /// <summary>The errors, flat: three a point.</summary>
    public static Tensor Errors(Input input) =>
        Errors(input.Theta, input.Places?.SwapAxes(), input).SwapAxes().Flatten();

    /// <summary>
    /// The Jacobian, three rows a point: by its own u and v in the complicated form, and by the pose.
    /// </summary>
    public static Tensor Jacobian(Input input)
    {
        var places = input.Places?.SwapAxes();
        // [3, points, 26], of which the last axis is the one that comes first in memory.
        var byPose = Diff.JacobianForward(input.Theta, theta => Errors(theta, places, input));
        if (places is not null)
        {
            // No point depends on the place of another, so one direction serves all of them.
            var byPlaces = Enumerable.Range(0, 2).Select(i => Diff.Jvp(
                places, Direction(i).BroadcastTo(places.Shape), p => Errors(input.Theta, p, input)).Tangent);
            byPose = Tensor.Concat([.. byPlaces.Select(d => d.Unsqueeze(2)), byPose], 2);
        }
        return byPose.SwapAxes(0, 1).Reshape(-1, byPose.Shape[2]);

        static Tensor Direction(int axis) => Tensor.Of([axis == 0 ? 1.0 : 0, axis]).Reshape(2, 1);
    }

    /// <summary>The errors [3, points], of places [2, points].</summary>
    private static Tensor Errors(Tensor theta, Tensor? places, Input input)
    {
        var (surface, points) = (Vertices(theta, input.Model), input.Points.SwapAxes());
        if (places is null)
            return points - surface.Take(input.Correspondences, 1);
        var corners = input.Model.Triangles.Take(input.Correspondences).Unstack(1)
            .Select(corner => surface.Take(corner, 1)).ToArray();
        var (u, v) = (places[0], places[1]);
        return points - ((u * corners[0]) + (v * corners[1]) + ((1 - u - v) * corners[2]));
    }

    /// <summary>The vertices of the hand in this pose, [3, vertices].</summary>
    private static Tensor Vertices(Tensor theta, Model model)
    {
        // [bones, 3, 4]: what each bone does to a place, and then the whole hand's turn.
        var bones = Absolutes(theta, model).MatMul(model.InverseAbsolutes)[.., ..3];
        if (model.IsMirrored)
            bones = bones * Tensor.Of([-1.0, 1, 1]).Unsqueeze(1);
        var turned = Turn(theta[..3]).MatMul(bones);
        return turned.SwapAxes(0, 1).Reshape(3, -1).MatMul(model.Skin) + theta[3..6].Unsqueeze(1);
    }

    /// <summary>Where each bone is, [bones, 4, 4]: what its parent does to what it does itself.</summary>
    private static Tensor Absolutes(Tensor theta, Model model)
    {
        var relatives = model.Relatives.MatMul(Rotations(theta, model.Parents.Length));
        var generation = Enumerable.Range(0, model.Parents.Length).Where(b => model.Parents[b] < 0).ToArray();
        var (order, all, parents) = (new List<int>(), new List<Tensor>(), (Tensor?)null);
        while (generation.Length > 0)
        {
            var own = relatives.Take(Indices(generation));
            all.Add(parents is null ? own : parents.MatMul(own));
            order.AddRange(generation);
            var (before, last) = (generation, all[^1]);
            generation = [.. Enumerable.Range(0, model.Parents.Length).Where(b => before.Contains(model.Parents[b]))];
            parents = last.Take(Indices([.. generation.Select(b => Array.IndexOf(before, model.Parents[b]))]));
        }
        return Tensor.Concat(all).Take(Indices([.. Enumerable.Range(0, order.Count).Select(b => order.IndexOf(b))]));

        static Tensor Indices(int[] numbers) => Data.Integers(numbers, numbers.Length);
    }

    /// <summary>
    /// Each bone's own turn, [bones, 4, 4]: the last three of a finger turn about x, the first of them then about z.
    /// </summary>
    private static Tensor Rotations(Tensor theta, int bones)
    {
        var none = theta.Shape[0];
        var (aboutX, aboutZ) = (new int[bones], new int[bones]);
        Array.Fill(aboutX, none);
        Array.Fill(aboutZ, none);
        for (var finger = 0; finger < Fingers; finger++)
        {
            var (bone, next) = ((4 * finger) + 2, Global + (PerFinger * finger));
            (aboutX[bone], aboutZ[bone], aboutX[bone + 1], aboutX[bone + 2]) = (next, next + 1, next + 2, next + 3);
        }
        var angles = Tensor.Concat([theta, Tensor.Zeros([1], DType.Float64)]);
        var (x, z) = (angles.Take(Data.Integers(aboutX, bones)), angles.Take(Data.Integers(aboutZ, bones)));
        var (cx, sx, cz, sz) = (Tensor.Cos(x), Tensor.Sin(x), Tensor.Cos(z), Tensor.Sin(z));
        var (zero, one) = (Tensor.Zeros([bones], DType.Float64), Tensor.Ones([bones], DType.Float64));
        return Tensor.Stack(
            [
                cz, -sz * cx, sz * sx, zero,
                sz, cz * cx, -cz * sx, zero,
                zero, sx, cx, zero,
                zero, zero, zero, one,
            ]).SwapAxes().Reshape(bones, 4, 4);
    }

    /// <summary>The turn about an axis by the angle that is its length, [3, 3].</summary>
    private static Tensor Turn(Tensor axis)
    {
        var angle = Tensor.Sqrt(Tensor.Square(axis).Sum());
        var (s, c) = (Tensor.Sin(angle), Tensor.Cos(angle));
        var unit = axis / angle;
        var (x, y, z) = (unit[0], unit[1], unit[2]);
        var matrix = Tensor.Stack(
            [
                (x * x) + ((1 - (x * x)) * c), (x * y * (1 - c)) - (z * s), (x * z * (1 - c)) + (y * s),
                (x * y * (1 - c)) + (z * s), (y * y) + ((1 - (y * y)) * c), (y * z * (1 - c)) - (x * s),
                (x * z * (1 - c)) - (y * s), (z * y * (1 - c)) + (x * s), (z * z) + ((1 - (z * z)) * c),
            ]).Reshape(3, 3);
        return Tensor.Where(angle < NoTurn, Tensor.Eye(3, DType.Float64), matrix);
    }

    private static Input Read(JsonElement json)
    {
        var data = json.Field("data");
        var model = data.Field("model");
        var places = json.Found("us") is { } us && us.GetArrayLength() > 0 ? us.Matrix() : null;
        return new(
            Model.Of(
                model.Field("parents").Items(Json.Integer), model.Field("base_relatives").Matrices(),
                model.Field("inverse_base_absolutes").Matrices(), model.Field("base_positions").Matrix(),
                model.Field("weights").Matrix(), model.Field("triangles").IntegerMatrix(),
                model.Field("is_mirrored").Truth()),
            json.Field("theta").Vector(), data.Field("correspondences").Integers(), data.Field("points").Matrix(),
            places);
    }

    /// <summary>
    /// Of each bone the parent and two matrices, [bones, 4, 4]; the skin, [4 bones, vertices], is what weighs each
    /// bone's matrix for each vertex; triangles of vertices.
    /// </summary>
    internal sealed record Model(
        int[] Parents, Tensor Relatives, Tensor InverseAbsolutes, Tensor Skin, Tensor Triangles, bool IsMirrored)
    {
        /// <summary>From vertices as places [vertices, 4] and weights [vertices, bones].</summary>
        public static Model Of(
            int[] parents, Tensor relatives, Tensor inverses, Tensor places, Tensor weights, Tensor triangles,
            bool isMirrored)
        {
            var skin = (weights.Unsqueeze(2) * places.Unsqueeze(1)).Reshape(weights.Shape[0], -1).SwapAxes();
            return new(
                parents, relatives.Evaluate(), inverses.Evaluate(), skin.Evaluate(), triangles, isMirrored);
        }
    }

    /// <summary>
    /// A hand, its pose, which vertex or triangle each point belongs to, the points [points, 3], and where in its
    /// triangle each lies, [points, 2], or nothing in the simple form.
    /// </summary>
    internal sealed record Input(Model Model, Tensor Theta, Tensor Correspondences, Tensor Points, Tensor? Places);
}
