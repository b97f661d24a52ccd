using System.Collections.Immutable;

namespace DistGrad;

internal sealed record Lgamma : Unary<Lgamma>
{
    public override string Name => "lgamma";

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.3, 5);

    public override double Of(double x) => Reference.Lgamma(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Digamma(x);
}

internal sealed record Digamma : Unary<Digamma>
{
    public override string Name => "digamma";

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.3, 5);

    public override double Of(double x) => Reference.Digamma(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Polygamma(1, x);
}

/// <summary>The derivative of digamma of an order of at least 1, of positive numbers; NaN below 0.</summary>
internal sealed record Polygamma(int Order) : Elementwise, IPrimitive<Polygamma>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Polygamma(1), Domain.Float([3], 0.5, 5)),
        new(new Polygamma(2), Domain.Float([2, 3], 0.8, 4)),
        new(new Polygamma(4), Domain.Float([], 2, 4)),
    ];

    /// <summary>n! leaves the range of a double here.</summary>
    private const int Greatest = 170;

    public override string Name => "polygamma";

    public override bool IsOfLanes => false;

    public override ImmutableArray<Attribute> Attributes => [("order", Order)];

    public static Polygamma Read(AttributeReader attributes) => new(attributes.Get<int>("order"));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (Order is < 1 or > Greatest)
            throw new OptionException($"{Name}: an order of {Order} is not between 1 and {Greatest}");
        x[0].RequireFloat(Name);
        return x[0].Type;
    }

    public override Value Of(ImmutableArray<Value> x) =>
        Value.FromDoubles(x[0].DType, x[0].Shape, i => Of(x[0].Double(i)));

    public double Of(double x) => Reference.Polygamma(Order, x);

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        StrongMul.Of(dx[0]!, Tensor.Apply(new Polygamma(Order + 1), x[0]));
}

public partial class Tensor
{
    /// <summary>
    /// The logarithm of the size of the gamma function, elementwise: log (x - 1)! for a positive integer; infinite at
    /// 0 and the integers below.
    /// </summary>
    public static Tensor Lgamma(Tensor x) => Apply(DistGrad.Lgamma.Instance, x);

    /// <summary>The derivative of <see cref="Lgamma"/>, elementwise.</summary>
    public static Tensor Digamma(Tensor x) => Apply(DistGrad.Digamma.Instance, x);

    /// <summary>The derivative of <see cref="Digamma"/> of this order, elementwise; of order 0, itself.</summary>
    /// <exception cref="OptionException">The order is not between 0 and 170.</exception>
    public static Tensor Polygamma(int order, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (order == 0)
            return Digamma(x);
        // Digamma(1 - x) - Digamma(x) = pi cot(pi x), differentiated; a negative number is reflected to one above 1.
        var polygamma = new Polygamma(order);
        var below = x <= 0;
        var direct = Apply(polygamma, Where(below, 1, x));
        var reflected = Apply(polygamma, Where(below, 1 - x, 1));
        var turned = Where(below, x - Round(x), 0.25) * double.Pi;
        var cotangent = CotangentDerivative(order, Cos(turned) / Sin(turned)) * double.Pow(double.Pi, order + 1);
        return Where(below, (order % 2 == 0 ? reflected : -reflected) - cotangent, direct);
    }

    /// <summary>The n-th derivative of cot t as a polynomial of c = cot t, whose derivative is -(1 + c^2).</summary>
    private static Tensor CotangentDerivative(int n, Tensor c)
    {
        double[] p = [0, 1];
        for (var k = 0; k < n; k++)
        {
            var next = new double[p.Length + 1];
            for (var i = 1; i < p.Length; i++)
            {
                next[i - 1] -= i * p[i];
                next[i + 1] -= i * p[i];
            }
            p = next;
        }
        return p.Reverse().Skip(1).Aggregate(Full(c.DType, c.Shape, p[^1]), (sum, a) => (sum * c) + a);
    }
}
