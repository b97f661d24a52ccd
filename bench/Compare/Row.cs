namespace DistGrad.Compare;

/// <summary>A piece of work that both sides do.</summary>
/// <param name="Name">What it is called, here and at the peer.</param>
/// <param name="Tolerance">
/// How far the numbers may lie apart, as a share of the largest of an array. It allows for sums in another order.
/// </param>
/// <param name="Products">Floating-point operations of the matrix products in it.</param>
/// <param name="Data">The data, made once.</param>
/// <param name="Ours">A call, as a user would write it, on so many threads.</param>
internal sealed record Row(
    string Name, double Tolerance, double Products, Func<Data> Data, Func<Data, int, Side> Ours)
{
    /// <summary>Calls after which numbers are compared.</summary>
    public const int ComparedCalls = 3;

    public static IReadOnlyList<Row> All { get; } =
    [
        .. Rows.Perceptrons.All, .. Rows.Networks.All, .. Rows.Formulas.All, .. Rows.Curvature.All,
        .. Rows.Reductions.All,
    ];
}
