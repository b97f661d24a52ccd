namespace DistGrad.Host.Demos;

/// <summary>
/// What broadcasting does: shapes that go together, the value that results, and the errors of those that do not.
/// </summary>
internal static class BroadcastingTour
{
    public static void Run(TextWriter output)
    {
        output.WriteLine("Aligned from the right, a missing axis or one of length 1 stretches to the other's length.");
        output.WriteLine();
        var row = Tensor.Of([1f, 2f, 3f]);
        var column = Tensor.Of([10f, 20f, 30f], 3, 1);
        Show(row, column);
        Show(column, row);
        output.WriteLine();
        output.WriteLine("A scalar goes with everything, and a number takes the tensor's type:");
        Show(Tensor.Of(100f), row);
        Show(row, Tensor.Of(100f));
        output.WriteLine($"{row.Shape} + 0.5 = {row + 0.5}");
        output.WriteLine();
        output.WriteLine("A length of 1 stretches to 0 as well; nothing is left to add:");
        Show(Tensor.Zeros([0]), Tensor.Zeros([1]));
        Show(Tensor.Zeros([3, 1]), Tensor.Zeros([0]));
        Show(Tensor.Zeros([2, 0]), Tensor.Of(1f));
        output.WriteLine();
        output.WriteLine("Its transpose adds up what was repeated: a gradient counts how often an element was used:");
        var (byRow, byColumn) = Diff.Grad((Tensor x, Tensor y) => (x + y).Sum())(row, column);
        output.WriteLine($"gradients of sum({row.Shape} + {column.Shape}): {byRow} and {Line(byColumn)}");
        output.WriteLine();
        output.WriteLine("These do not go together:");
        Show(Tensor.Zeros([3]), Tensor.Zeros([4]));
        Show(Tensor.Zeros([2, 3]), Tensor.Zeros([2]));
        Show(Tensor.Zeros([2, 3]), Tensor.Zeros([3, 3]));
        Show(Tensor.Zeros([0]), Tensor.Zeros([2]));
        Show(row, Tensor.Of([1L, 2L, 3L]));

        void Show(Tensor x, Tensor y) => output.WriteLine($"{Type(x)} + {Type(y)} {Outcome(() => x + y)}");
    }

    private static string Outcome(Func<Tensor> sum)
    {
        try
        {
            return sum() is var z && z.Shape.Size == 0 ? $"= {Type(z)}, empty" : $"= {Type(z)} {Line(z)}";
        }
        catch (DistGradException e)
        {
            return $"fails\n    {e.Message}";
        }
    }

    private static string Type(Tensor x) => x.DType == DType.Float32 ? $"{x.Shape}" : $"{x.DType}{x.Shape}";

    /// <summary>A value on one line.</summary>
    private static string Line(Tensor x) =>
        string.Join(' ', x.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
