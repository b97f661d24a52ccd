using System.Collections.Immutable;

namespace DistGrad;

/// <summary>A relation between two numbers, applied to each pair; IEEE rules, so that NaN is in no relation.</summary>
internal abstract record Relation<TSelf> : Binary<TSelf> where TSelf : Relation<TSelf>, new()
{
    public sealed override bool IsExact => true;

    public sealed override TensorType Type(ImmutableArray<Tensor> x)
    {
        SameDType(x);
        return new(DType.Bool, SameShape(x));
    }

    public sealed override Value Of(ImmutableArray<Value> x) => Value.FromLongs(DType.Bool, x[0].Shape, i =>
        (x[0].DType.IsFloat ? Holds(x[0].Double(i), x[1].Double(i)) : Holds(x[0].Long(i), x[1].Long(i))) ? 1 : 0);

    public abstract bool Holds(double x, double y);

    public abstract bool Holds(long x, long y);

    public sealed override double Of(double x, double y) => Holds(x, y) ? 1 : 0;

    public sealed override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => null;
}

internal sealed record Less : Relation<Less>
{
    public override string Name => "less";

    public override bool Holds(double x, double y) => x < y;

    public override bool Holds(long x, long y) => x < y;
}

internal sealed record LessOrEqual : Relation<LessOrEqual>
{
    public override string Name => "less_or_equal";

    public override bool Holds(double x, double y) => x <= y;

    public override bool Holds(long x, long y) => x <= y;
}

internal sealed record Equal : Relation<Equal>
{
    public override string Name => "equal";

    public override bool Holds(double x, double y) => x == y;

    public override bool Holds(long x, long y) => x == y;
}

public partial class Tensor
{
    /// <summary>Where x &lt; y.</summary>
    public static Tensor operator <(Tensor x, Tensor y) => Broadcasted(Less.Instance, x, y);

    /// <summary>Where x &gt; y.</summary>
    public static Tensor operator >(Tensor x, Tensor y) => y < x;

    /// <summary>Where x &lt;= y.</summary>
    public static Tensor operator <=(Tensor x, Tensor y) => Broadcasted(LessOrEqual.Instance, x, y);

    /// <summary>Where x &gt;= y.</summary>
    public static Tensor operator >=(Tensor x, Tensor y) => y <= x;

    /// <summary>Where x is less than a number.</summary>
    public static Tensor operator <(Tensor x, double y) => x < x.Weak(y, "less");

    /// <summary>Where x is greater than a number.</summary>
    public static Tensor operator >(Tensor x, double y) => x.Weak(y, "less") < x;

    /// <summary>Where x is at most a number.</summary>
    public static Tensor operator <=(Tensor x, double y) => x <= x.Weak(y, "less_or_equal");

    /// <summary>Where x is at least a number.</summary>
    public static Tensor operator >=(Tensor x, double y) => x.Weak(y, "less_or_equal") <= x;

    /// <summary>Where x and y are the same number; NaN never is.</summary>
    public static Tensor Equal(Tensor x, Tensor y) => Broadcasted(DistGrad.Equal.Instance, x, y);

    /// <summary>Where x is this number.</summary>
    public static Tensor Equal(Tensor x, double y) => Equal(x, x.Weak(y, "equal"));

    /// <summary>Where x and y are not the same number; NaN never is.</summary>
    public static Tensor NotEqual(Tensor x, Tensor y) => Not(Equal(x, y));

    /// <summary>Where x is not this number.</summary>
    public static Tensor NotEqual(Tensor x, double y) => Not(Equal(x, y));
}
