using System.Collections.Immutable;
using DistGrad.Host.Data;
using DistGrad.Learn;

namespace DistGrad.Host.Training;

/// <summary>
/// A kind of model that the tool trains: its widths, its loss of scores and labels, and how it is best trained.
/// </summary>
internal sealed record Model(
    string Name, string About, ImmutableArray<int> Widths, Func<Tensor, Tensor, Tensor> Loss, int Epochs, Rates Rates)
{
    private const int Classes = Examples.Classes;

    public static ImmutableArray<Model> All { get; } =
    [
        new(
            "linear", "least squares: an affine map to ten scores, squared loss on one-hot labels",
            [Image.Size, Classes], Squares, Epochs: 30, new(Sgd: 0.1, Momentum: 0.02, Adam: 0.001)),
        new(
            "logistic", "softmax regression: an affine map to ten scores, cross-entropy",
            [Image.Size, Classes], CrossEntropy, Epochs: 30, new(Sgd: 0.2, Momentum: 0.05, Adam: 0.003)),
        new(
            "mlp", "784-512-256-10 with relu between the layers, cross-entropy",
            [Image.Size, 512, 256, Classes], CrossEntropy, Epochs: 8, new(Sgd: 0.2, Momentum: 0.05, Adam: 0.001)),
    ];

    /// <summary>Fresh parameters, drawn by the seed.</summary>
    public Mlp Create(long seed) => Mlp.Create(Key.Of(seed), Widths);

    private static Tensor Squares(Tensor scores, Tensor labels) =>
        DistGrad.Learn.Loss.SquaredError(scores, Tensor.OneHot(labels, Classes));

    private static Tensor CrossEntropy(Tensor scores, Tensor labels) =>
        DistGrad.Learn.Loss.SoftmaxCrossEntropy(scores, labels);
}
