using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>
/// The determinant by expansion along the first remaining row, and its gradient, the cofactors. The minors of one depth
/// are told apart by which columns were struck out before, in which order; those of a depth are taken side by side.
/// </summary>
internal static class Determinant
{
    /// <summary>Larger matrices are expanded one column after the other until their minors have so many rows.</summary>
    private const int SideBySide = 8;

    /// <summary>Of minors of so many rows the expansion is written out.</summary>
    private const int WrittenOut = 5;

    public static Eval<Tensor> Eval { get; } = new(
        "det", Example(8),
        json => json.Field("A").Vector().Reshape(json.Field("ell").Integer(), json.Field("ell").Integer()).Evaluate(),
        ("primal", (a, threads) => Work.Of(a, Of, threads)),
        ("gradient", (a, threads) => Work.Of(a, x => Diff.Grad(x, Of).Flatten(), threads)));

    public static Tensor Example(int n) => Data.Uniform(1, n, n);

    /// <summary>The determinant of a square matrix.</summary>
    public static Tensor Of(Tensor a)
    {
        var (n, depth) = (a.Shape[0], a.Shape[0] - SideBySide);
        if (depth <= 0)
            return Expanded(a);
        var minor = Batches.Recomputed<Tensor>(Expanded);
        var columns = Remaining(n, depth);
        var below = a[depth..];
        var minors = Flow.Map(
            Data.Integers([.. columns.SelectMany(c => c)], columns.Length, SideBySide),
            remaining => minor(below.Take(remaining, 1)));
        return Collected(a, depth, minors);
    }

    private static Tensor Expanded(Tensor a)
    {
        var n = a.Shape[0];
        var size = Math.Min(n, WrittenOut);
        var columns = Remaining(n, n - size);
        // The entries of all these minors: a vector for each row and column.
        Tensor[][] entries =
        [
            .. a[(n - size)..].Unstack().Select(row => Enumerable.Range(0, size)
                .Select(j => row.Take(Data.Integers([.. columns.Select(c => c[j])], columns.Length))).ToArray()),
        ];
        return Collected(a, n - size, Minors(entries, 0, [.. Enumerable.Range(0, size)]));
    }

    /// <summary>The minors of the rows from this one on and of these columns.</summary>
    private static Tensor Minors(Tensor[][] entries, int row, int[] columns) => columns.Length == 1
        ? entries[row][columns[0]]
        : columns.Select((column, j) => Signed(j, entries[row][column]) *
            Minors(entries, row + 1, [.. columns.Where(c => c != column)])).Aggregate((x, y) => x + y);

    private static Tensor Signed(int j, Tensor x) => j % 2 == 0 ? x : -x;

    /// <summary>The determinant from the minors of a depth: each row's entries times the minors one deeper.</summary>
    private static Tensor Collected(Tensor a, int depth, Tensor minors)
    {
        for (var row = depth - 1; row >= 0; row--)
        {
            var columns = Remaining(a.Shape[0], row);
            var count = a.Shape[0] - row;
            var signs = Tensor.Of(Enumerable.Range(0, count).Select(j => j % 2 == 0 ? 1.0 : -1));
            var entries = a[row].Take(Data.Integers([.. columns.SelectMany(c => c)], columns.Length * count));
            minors = (signs * entries.Reshape(columns.Length, count) * minors.Reshape(columns.Length, count)).Sum(1);
        }
        return minors.Reshape([]);
    }

    /// <summary>The columns that remain when so many were struck out, in each order in which they may be.</summary>
    private static int[][] Remaining(int n, int depth) => depth == 0
        ? [[.. Enumerable.Range(0, n)]]
        :
        [
            .. Remaining(n, depth - 1)
                .SelectMany(left => left.Select(struck => left.Where(c => c != struck).ToArray())),
        ];
}
