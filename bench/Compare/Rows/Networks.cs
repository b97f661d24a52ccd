using DistGrad.Learn;

namespace DistGrad.Compare.Rows;

/// <summary>Training of convolutions, recurrence and attention.</summary>
internal static class Networks
{
    private const int Images = 64;
    private const int Steps = 32;
    private const int Sequences = 32;
    private const int Inputs = 64;
    private const int Hidden = 128;
    private const int Width = 128;
    private const int Places = 64;
    private const int Texts = 16;
    private const int Heads = 4;

    public static IReadOnlyList<Row> All { get; } =
    [
        new(
            Works.Cnn, 1e-4, CnnProducts(),
            () => new Data().With("x", -1, 1, Images, 1, 28, 28).Classes("y", 10, Images)
                .With("f0", -0.2, 0.2, 6, 1, 5, 5).With("c0", -0.1, 0.1, 6)
                .With("f1", -0.1, 0.1, 16, 6, 5, 5).With("c1", -0.1, 0.1, 16).Layers("", 256, 120, 84, 10),
            (d, threads) => Side.Training(
                new Cnn(new(d["f0"], d["c0"]), new(d["f1"], d["c1"]), Perceptrons.Model(d, 3, Tensor.Relu)),
                (X: d["x"], Y: d["y"]), (m, b) => Loss.SoftmaxCrossEntropy(m.Apply(b.X), b.Y), threads)),
        Recurrent(Works.LstmFused),
        Recurrent(Works.LstmCells),
        new(
            Works.Transformer, 1e-3, TransformerProducts(),
            () => new Data().With("x", -1, 1, Texts, Places, Width)
                .With("g0", 0.9, 1.1, Width).With("s0", -0.1, 0.1, Width)
                .With("g1", 0.9, 1.1, Width).With("s1", -0.1, 0.1, Width)
                .With("qw", -0.15, 0.15, Width, Width).With("qb", -0.1, 0.1, Width)
                .With("kw", -0.15, 0.15, Width, Width).With("kb", -0.1, 0.1, Width)
                .With("vw", -0.15, 0.15, Width, Width).With("vb", -0.1, 0.1, Width)
                .With("ow", -0.15, 0.15, Width, Width).With("ob", -0.1, 0.1, Width)
                .Layers("", Width, 4 * Width, Width),
            (d, threads) => Side.Training(
                new TransformerBlock(
                    new(d["g0"], d["s0"], Works.Eps),
                    new(
                        new(d["qw"], d["qb"]), new(d["kw"], d["kb"]), new(d["vw"], d["vb"]), new(d["ow"], d["ob"]),
                        Heads),
                    new(d["g1"], d["s1"], Works.Eps), Perceptrons.Model(d, 2, Tensor.Gelu), IsCausal: false),
                d["x"], (m, x) => Tensor.Square(m.Apply(x)).Mean(), threads)),
    ];

    private static Row Recurrent(string name) => new(
        name, 1e-3, 2.0 * Steps * Sequences * 4 * Hidden * ((2 * Inputs) + (3 * Hidden)),
        () => new Data().With("x", -1, 1, Steps, Sequences, Inputs)
            .With("u", -0.088, 0.088, 4 * Hidden, Inputs).With("v", -0.088, 0.088, 4 * Hidden, Hidden)
            .With("c", -0.088, 0.088, 4 * Hidden).With("d", -0.088, 0.088, 4 * Hidden),
        (d, threads) => Side.Training(
            new Lstm(d["u"], d["v"], d["c"], d["d"]), d["x"],
            (m, x) => Tensor.Square(m.Apply(x).Ys).Mean(), threads));

    private static double CnnProducts() =>
        (2 * 2.0 * Images * 24 * 24 * 6 * 25) + (3 * 2.0 * Images * 8 * 8 * 16 * 6 * 25) +
        Perceptrons.Products(Images, 256, 120, 84, 10) + (2.0 * Images * 256 * 120);

    private static double TransformerProducts() =>
        6.0 * Texts * Places * Width * ((4 * Width) + (8 * Width) + (2 * Places));

    private sealed record Cnn(Conv2d First, Conv2d Second, Mlp Last)
    {
        public Tensor Apply(Tensor x)
        {
            var maps = Tensor.Relu(Second.Apply(Tensor.Relu(First.Apply(x)).MaxPool2d(2))).MaxPool2d(2);
            return Last.Apply(maps.Reshape(x.Shape[0], -1));
        }
    }
}
