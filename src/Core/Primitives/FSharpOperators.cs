using System.ComponentModel;
using System.Numerics;

// The names are those under which F# looks for an operator.
#pragma warning disable CA1707

namespace DistGrad;

/// <remarks>
/// F# finds operators that C# has not as methods of these names: <c>x .&lt; y</c>, <c>a *@ b</c>. It converts no
/// operand, so a number of any type stands on either side.
/// </remarks>
public partial class Tensor
{
    /// <summary>F#'s <c>x .&lt; y</c>: where x &lt; y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLess(Tensor x, Tensor y) => x < y;

    /// <summary>F#'s <c>x .&lt; y</c>: where x &lt; the number y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLess<T>(Tensor x, T y) where T : INumberBase<T> => x < double.CreateChecked(y);

    /// <summary>F#'s <c>x .&lt; y</c>: where the number x &lt; y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLess<T>(T x, Tensor y) where T : INumberBase<T> => y > double.CreateChecked(x);

    /// <summary>F#'s <c>x .&lt;= y</c>: where x &lt;= y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLessEquals(Tensor x, Tensor y) => x <= y;

    /// <summary>F#'s <c>x .&lt;= y</c>: where x &lt;= the number y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLessEquals<T>(Tensor x, T y) where T : INumberBase<T> => x <= double.CreateChecked(y);

    /// <summary>F#'s <c>x .&lt;= y</c>: where the number x &lt;= y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLessEquals<T>(T x, Tensor y) where T : INumberBase<T> => y >= double.CreateChecked(x);

    /// <summary>F#'s <c>x .&gt; y</c>: where x &gt; y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotGreater(Tensor x, Tensor y) => x > y;

    /// <summary>F#'s <c>x .&gt; y</c>: where x &gt; the number y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotGreater<T>(Tensor x, T y) where T : INumberBase<T> => x > double.CreateChecked(y);

    /// <summary>F#'s <c>x .&gt; y</c>: where the number x &gt; y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotGreater<T>(T x, Tensor y) where T : INumberBase<T> => y < double.CreateChecked(x);

    /// <summary>F#'s <c>x .&gt;= y</c>: where x &gt;= y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotGreaterEquals(Tensor x, Tensor y) => x >= y;

    /// <summary>F#'s <c>x .&gt;= y</c>: where x &gt;= the number y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotGreaterEquals<T>(Tensor x, T y) where T : INumberBase<T> => x >= double.CreateChecked(y);

    /// <summary>F#'s <c>x .&gt;= y</c>: where the number x &gt;= y.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotGreaterEquals<T>(T x, Tensor y) where T : INumberBase<T> => y <= double.CreateChecked(x);

    /// <summary>F#'s <c>x .= y</c>: where x and y are the same number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotEquals(Tensor x, Tensor y) => Equal(x, y);

    /// <summary>F#'s <c>x .= y</c>: where x and y are the same number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotEquals<T>(Tensor x, T y) where T : INumberBase<T> => Equal(x, double.CreateChecked(y));

    /// <summary>F#'s <c>x .= y</c>: where x and y are the same number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotEquals<T>(T x, Tensor y) where T : INumberBase<T> => Equal(y, double.CreateChecked(x));

    /// <summary>F#'s <c>x .&lt;&gt; y</c>: where x and y are not the same number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLessGreater(Tensor x, Tensor y) => NotEqual(x, y);

    /// <summary>F#'s <c>x .&lt;&gt; y</c>: where x and y are not the same number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLessGreater<T>(Tensor x, T y) where T : INumberBase<T> =>
        NotEqual(x, double.CreateChecked(y));

    /// <summary>F#'s <c>x .&lt;&gt; y</c>: where x and y are not the same number.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_DotLessGreater<T>(T x, Tensor y) where T : INumberBase<T> =>
        NotEqual(y, double.CreateChecked(x));

    /// <summary>F#'s <c>x *@ y</c>: the matrix product; it binds as x * y does.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_MultiplyAt(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.MatMul(y);
    }

    /// <summary>
    /// F#'s <c>x @* y</c>: the matrix product; it binds looser than a sum, while <c>*@</c> binds as a product.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor op_AtMultiply(Tensor x, Tensor y) => op_MultiplyAt(x, y);

    /// <summary>x divided by a count, by which F#'s List.average makes a mean of a sum.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Tensor DivideByInt(Tensor x, int n) => x / n;
}
