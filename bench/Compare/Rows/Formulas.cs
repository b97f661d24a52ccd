namespace DistGrad.Compare.Rows;

/// <summary>Long elementwise formulas with their gradients.</summary>
internal static class Formulas
{
    private const int Count = 1_000_000;

    public static IReadOnlyList<Row> All { get; } =
    [
        new(
            Works.BlackScholes, 2e-4, 0,
            () => new Data().With("s", 80, 120, Count).With("k", 80, 120, Count).With("t", 0.2, 2, Count)
                .With("v", 0.1, 0.5, Count),
            (d, threads) => Side.Finding(
                (Spot: d["s"], Strike: d["k"], Years: d["t"], Volatility: d["v"]),
                options =>
                {
                    var (_, gradients, prices) = Diff.ValueAndGrad(options, o =>
                    {
                        var prices = Price(o.Spot, o.Strike, o.Years, o.Volatility);
                        return (prices.Sum(), prices);
                    });
                    return (prices, gradients);
                },
                threads)),
        new(
            Works.Gates, 2e-4, 0,
            () => new Data().With("a", -2, 2, Count).With("b", -2, 2, Count).With("c", -2, 2, Count)
                .With("d", -2, 2, Count),
            (d, threads) => Side.Finding(
                (A: d["a"], B: d["b"], C: d["c"], D: d["d"]),
                x => Diff.ValueAndGrad(x, t => (Tensor.Sigmoid((t.A * t.B) + t.C) * Tensor.Tanh(t.D)).Mean()),
                threads)),
    ];

    // Black and Scholes (1973), equation 13.
    private static Tensor Price(Tensor spot, Tensor strike, Tensor years, Tensor volatility)
    {
        var spread = volatility * Tensor.Sqrt(years);
        var d = (Tensor.Log(spot / strike) + (((volatility * volatility * 0.5) + Works.Interest) * years)) / spread;
        return (spot * Normal(d)) - (strike * Tensor.Exp(years * -Works.Interest) * Normal(d - spread));
    }

    private static Tensor Normal(Tensor x) => (Tensor.Erf(x * double.Sqrt(0.5)) + 1) * 0.5;
}
