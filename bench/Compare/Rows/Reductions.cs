namespace DistGrad.Compare.Rows;

/// <summary>Rows that are normalised, sums, and an outer sum.</summary>
internal static class Reductions
{
    private const int Height = 4096;
    private const int Width = 1024;

    public static IReadOnlyList<Row> All { get; } =
    [
        new(
            Works.Softmax, 1e-4, 0, () => new Data().With("x", -4, 4, Height, Width).With("ct", -1, 1, Height, Width),
            (d, threads) => Side.Finding(
                (X: d["x"], Cotangent: d["ct"]),
                t =>
                {
                    var (y, pullback) = Diff.Vjp(t.X, x => x.Softmax());
                    return (y, pullback(t.Cotangent));
                },
                threads)),
        Normalised(Works.LayerNorm, y => y),
        Normalised(Works.LayerNormSoftmax, y => y.Softmax()),
        Sum(Works.SumRows, 0),
        Sum(Works.SumColumns, 1),
        new(
            Works.Broadcast, 1e-4, 0,
            () => new Data().With("a", -1, 1, Width, 1).With("b", -1, 1, 1, Width).With("ct", -1, 1, Width, Width),
            (d, threads) => Side.Finding(
                (A: d["a"], B: d["b"], Cotangent: d["ct"]),
                t =>
                {
                    var (y, pullback) = Diff.Vjp((t.A, t.B), x => x.A + x.B);
                    return (y, pullback(t.Cotangent));
                },
                threads)),
    ];

    private static Row Normalised(string name, Func<Tensor, Tensor> then) => new(
        name, 5e-4, 0,
        () => new Data().With("x", -4, 4, Height, Width).With("ct", -1, 1, Height, Width).With("g", 0.5, 1.5, Width)
            .With("s", -1, 1, Width),
        (d, threads) => Side.Finding(
            (X: d["x"], Scale: d["g"], Shift: d["s"], Cotangent: d["ct"]),
            t =>
            {
                var (y, pullback) = Diff.Vjp(
                    (t.X, t.Scale, t.Shift), p => then(p.X.LayerNorm(p.Scale, p.Shift, Works.Eps)));
                return (y, pullback(t.Cotangent));
            },
            threads));

    private static Row Sum(string name, int axis) => new(
        name, 1e-4, 0, () => new Data().With("x", -1, 1, Height, Width),
        (d, threads) => Side.Finding(d["x"], x => x.Sum(axis), threads));
}
