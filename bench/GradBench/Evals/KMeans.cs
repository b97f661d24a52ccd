using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>The sum of squared distances from points to their nearest centroids.</summary>
internal static class KMeans
{
    /// <summary>About how many distances are in work at one time: what the caches hold.</summary>
    private const int InWork = 1 << 14;

    public static Eval<Input> Eval { get; } = new(
        "kmeans", Example(500, 10, 8), json => new(json.Field("points").Matrix(), json.Field("centroids").Matrix()),
        ("cost", (input, threads) => Work.Of(input, x => Cost(x.Centroids, x.Points), threads)),
        ("dir", (input, threads) => Work.Of(input, Direction, threads)));

    public static Input Example(int n, int k, int d)
    {
        var points = Data.Uniform(1, n, d);
        return new(points, points[^k..].Evaluate());
    }

    public static Tensor Cost(Tensor centroids, Tensor points) =>
        Tensor.Square(centroids.Take(Nearest(centroids, points)) - points).Sum();

    /// <summary>
    /// The gradient divided by the Hessian's diagonal, elementwise. The Hessian is diagonal, so its product with ones
    /// is its diagonal.
    /// </summary>
    public static Tensor Direction(Input input)
    {
        var (points, centroids) = input;
        var (gradient, diagonal) = Diff.Jvp(
            centroids, Tensor.Ones(centroids.Shape, centroids.DType), c => Diff.Grad(c, t => Cost(t, points)));
        return gradient / diagonal;
    }

    /// <summary>For each point which centroid is nearest: where |c|^2 - 2 c.p is least, as |p|^2 is the same.</summary>
    private static Tensor Nearest(Tensor centroids, Tensor points)
    {
        centroids = Tensor.StopGradient(centroids);
        var squares = Tensor.Square(centroids).Sum(1);
        var size = Math.Max(InWork / centroids.Shape[0], 8);
        var turned = -2 * centroids.SwapAxes();
        return Batches.Map(points, points.Shape[0], size, part => (part.MatMul(turned) + squares).ArgMin(1));
    }

    /// <summary>Points [n, d] and centroids [k, d].</summary>
    internal sealed record Input(Tensor Points, Tensor Centroids);
}
