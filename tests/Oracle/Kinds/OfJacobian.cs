namespace DistGrad.Oracle.Kinds;

/// <summary>What vector analysis takes from a square matrix of derivatives.</summary>
internal static class OfJacobian
{
    /// <summary>The sum of the diagonal: a divergence, or of a Hessian the Laplacian.</summary>
    public static Value Trace(Value matrix)
    {
        var n = matrix.Shape[0];
        return Value.Scalar(matrix.DType, Enumerable.Range(0, n).Sum(i => matrix.Double((i * n) + i)));
    }

    public static Value Curl(Value matrix)
    {
        double At(int row, int column) => matrix.Double((row * 3) + column);
        double[] curl = [At(2, 1) - At(1, 2), At(0, 2) - At(2, 0), At(1, 0) - At(0, 1)];
        return Value.FromDoubles(matrix.DType, [3], i => curl[i]);
    }
}
