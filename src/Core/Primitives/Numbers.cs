using System.Diagnostics;

namespace DistGrad;

/// <remarks>A number in an operator takes the tensor's dtype; a fraction with an integer tensor is an error.</remarks>
public partial class Tensor
{
    /// <summary>
    /// The number 0, of float64 where it stands alone; next to a tensor in an operator it takes that one's dtype,
    /// as any number does. A sum may start from it, as F#'s List.sum does; what +, -, * and / make of such
    /// numbers alone is one, too.
    /// </summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public static Tensor Zero { get; } = WeakNumber(Value.Scalar(DType.Float64, 0));

    /// <summary>
    /// The number 1, of float64 where it stands alone; next to a tensor in an operator it takes that one's dtype,
    /// as any number does. A product may start from it, as F#'s pown does; what +, -, * and / make of such
    /// numbers alone is one, too.
    /// </summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public static Tensor One { get; } = WeakNumber(Value.Scalar(DType.Float64, 1));

    // Only these are: a literal that merely has the same value was given its dtype by who made it.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private bool IsWeak => Source.Operation is Literal { IsWeak: true };

    private static Tensor WeakNumber(Value value) =>
        Application.Of(new Literal(value, IsNumber: true, IsWeak: value.DType.IsFloat)).Results[0];

    /// <summary>Each element plus a number.</summary>
    public static Tensor operator +(Tensor x, double y) => Apply(Add.Instance, x, x.Weak(y, Add.Instance));

    /// <summary>A number plus each element.</summary>
    public static Tensor operator +(double x, Tensor y) => Apply(Add.Instance, y.Weak(x, Add.Instance), y);

    /// <summary>Each element minus a number.</summary>
    public static Tensor operator -(Tensor x, double y) => Apply(Sub.Instance, x, x.Weak(y, Sub.Instance));

    /// <summary>A number minus each element.</summary>
    public static Tensor operator -(double x, Tensor y) => Apply(Sub.Instance, y.Weak(x, Sub.Instance), y);

    /// <summary>Each element times a number.</summary>
    public static Tensor operator *(Tensor x, double y) => Apply(Mul.Instance, x, x.Weak(y, Mul.Instance));

    /// <summary>A number times each element.</summary>
    public static Tensor operator *(double x, Tensor y) => Apply(Mul.Instance, y.Weak(x, Mul.Instance), y);

    /// <summary>Each element divided by a number.</summary>
    public static Tensor operator /(Tensor x, double y) => Apply(Div.Instance, x, x.Weak(y, Div.Instance));

    /// <summary>A number divided by each element.</summary>
    public static Tensor operator /(double x, Tensor y) => Apply(Div.Instance, y.Weak(x, Div.Instance), y);

    /// <summary>Each element plus a number.</summary>
    public static Tensor operator +(Tensor x, float y) => Apply(Add.Instance, x, x.Weak(y, Add.Instance));

    /// <summary>A number plus each element.</summary>
    public static Tensor operator +(float x, Tensor y) => Apply(Add.Instance, y.Weak(x, Add.Instance), y);

    /// <summary>Each element minus a number.</summary>
    public static Tensor operator -(Tensor x, float y) => Apply(Sub.Instance, x, x.Weak(y, Sub.Instance));

    /// <summary>A number minus each element.</summary>
    public static Tensor operator -(float x, Tensor y) => Apply(Sub.Instance, y.Weak(x, Sub.Instance), y);

    /// <summary>Each element times a number.</summary>
    public static Tensor operator *(Tensor x, float y) => Apply(Mul.Instance, x, x.Weak(y, Mul.Instance));

    /// <summary>A number times each element.</summary>
    public static Tensor operator *(float x, Tensor y) => Apply(Mul.Instance, y.Weak(x, Mul.Instance), y);

    /// <summary>Each element divided by a number.</summary>
    public static Tensor operator /(Tensor x, float y) => Apply(Div.Instance, x, x.Weak(y, Div.Instance));

    /// <summary>A number divided by each element.</summary>
    public static Tensor operator /(float x, Tensor y) => Apply(Div.Instance, y.Weak(x, Div.Instance), y);

    /// <summary>Each element plus a number.</summary>
    public static Tensor operator +(Tensor x, int y) => Apply(Add.Instance, x, x.Weak(y, Add.Instance));

    /// <summary>A number plus each element.</summary>
    public static Tensor operator +(int x, Tensor y) => Apply(Add.Instance, y.Weak(x, Add.Instance), y);

    /// <summary>Each element minus a number.</summary>
    public static Tensor operator -(Tensor x, int y) => Apply(Sub.Instance, x, x.Weak(y, Sub.Instance));

    /// <summary>A number minus each element.</summary>
    public static Tensor operator -(int x, Tensor y) => Apply(Sub.Instance, y.Weak(x, Sub.Instance), y);

    /// <summary>Each element times a number.</summary>
    public static Tensor operator *(Tensor x, int y) => Apply(Mul.Instance, x, x.Weak(y, Mul.Instance));

    /// <summary>A number times each element.</summary>
    public static Tensor operator *(int x, Tensor y) => Apply(Mul.Instance, y.Weak(x, Mul.Instance), y);

    /// <summary>Each element divided by a number.</summary>
    public static Tensor operator /(Tensor x, int y) => Apply(Div.Instance, x, x.Weak(y, Div.Instance));

    /// <summary>A number divided by each element.</summary>
    public static Tensor operator /(int x, Tensor y) => Apply(Div.Instance, y.Weak(x, Div.Instance), y);
}
