using System.Collections.Immutable;
using System.Runtime.Intrinsics;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;
using DistGrad.Properties.Generators;
using Xunit;
using Console = DistGrad.Properties.Docs.Printed;

// The text of docs/adding-a-primitive.md, in its order; DocumentLaws compares them.
namespace DistGrad.Properties.Docs.Added;

internal static partial class Verbs
{
    public static Tensor LogSigmoid(Tensor x) => -Tensor.Softplus(-x);
}

internal sealed record Softsign : Unary<Softsign>
{
    public override string Name => "softsign";

    // The second derivative jumps at 0.
    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.2, 2);

    // At infinity it is 1 of the sign, and not infinity over infinity.
    public override double Of(double x)
    {
        var finite = Math.Clamp(x, double.MinValue, double.MaxValue);
        return finite / (1 + Math.Abs(finite));
    }

    // Not (1 - |y|)^2, which has no digits left where |y| is near 1.
    public override Tensor? Derivative(Tensor x, Tensor y)
    {
        var root = 1 / (1 + Tensor.Abs(x));
        return root * root;
    }
}

internal static partial class Verbs
{
    /// <summary>x / (1 + |x|), elementwise.</summary>
    public static Tensor Softsign(Tensor x) => Tensor.Apply(Added.Softsign.Instance, x);
}

internal static partial class AddingAPrimitive
{
    public static void Derivative()
    {
        var x = Tensor.Of([2.0, 1e10, double.PositiveInfinity]);
        Console.WriteLine(Diff.Trace(Tensor.Of(2.0), Diff.Grad(Verbs.Softsign)).ToMath());
        Console.WriteLine(Interpreter.Run(Diff.Trace(x, Diff.Vmap(Diff.Grad(Verbs.Softsign))), [x.ToValue()])[0]);
        Console.WriteLine(Diff.Vmap(Diff.Grad(t => t / (1 + Tensor.Abs(t))))(x));
    }
}

internal sealed record RunningSum(int Axis) : FirstOrder, IPrimitive<RunningSum>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new RunningSum(0), Domain.Float([4])),
        new(new RunningSum(1), Domain.Float([2, 3, 2])),
        new(new RunningSum(0), Domain.Float([0, 2])),
    ];

    public override string Name => "running_sum";

    public override ImmutableArray<Attribute> Attributes => [("axis", Axis)];

    public static RunningSum Read(AttributeReader attributes) => new(attributes.Get<int>("axis"));

    public override TensorType Type(ImmutableArray<Tensor> x) => x[0].DType.IsFloat && Axis >= 0 && Axis < x[0].Rank
        ? x[0].Type
        : throw new ShapeException($"running_sum: {x[0].Type} has no axis {Axis} of floating-point numbers");

    public override Value Of(ImmutableArray<Value> x)
    {
        var (length, stride) = (x[0].Shape[Axis], x[0].Shape.Strides()[Axis]);
        return Value.FromDoubles(x[0].DType, x[0].Shape, i =>
            Enumerable.Range(0, (i / stride % length) + 1).Sum(back => x[0].Double(i - (back * stride))));
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, dx[0]!);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [Tensor.Apply(this, ct.Flip(Axis)).Flip(Axis)];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(new RunningSum(Axis + 1), x[0]);
}

internal static partial class Verbs
{
    public static Tensor RunningSum(Tensor x, int axis) =>
        Tensor.Apply(new RunningSum(x.Shape.Axis(axis, "running_sum")), x);
}

internal static partial class AddingAPrimitive
{
    public static void Pullback()
    {
        var x = Tensor.Of([1.0, 2, 3]);
        Console.WriteLine(Diff.Trace(x, ct => Diff.Vjp(x, t => Verbs.RunningSum(t, 0)).Pullback(ct)));
    }

    public static void Batched()
    {
        var x = Tensor.Of(new double[,] { { 1, 2, 3 }, { 10, 20, 30 } });
        var f = Diff.Trace(x, Diff.Vmap(row => Verbs.RunningSum(row, 0)));
        Console.WriteLine(f);
        Console.WriteLine(Interpreter.Run(f, [x.ToValue()])[0]);
    }
}

internal readonly struct SoftsignOf : IUnary<float>, IUnary<double>
{
    public static Vector512<double> Of(Vector512<double> x)
    {
        var most = Vector512.Create(double.MaxValue);
        var finite = Vector512.Min(Vector512.Max(x, -most), most);
        return finite / (Vector512<double>.One + Vector512.Abs(finite));
    }

    public static Vector512<float> Of(Vector512<float> x)
    {
        var most = Vector512.Create(float.MaxValue);
        var finite = Vector512.Min(Vector512.Max(x, -most), most);
        return finite / (Vector512<float>.One + Vector512.Abs(finite));
    }
}

/// <summary>The examples keep the laws that the table's primitives keep, in short.</summary>
public class AddingAPrimitiveLaws
{
    public static TheoryData<int> Specimens => [.. Enumerable.Range(0, All.Count)];

    static List<Specimen> All => [.. Softsign.Specimens, .. RunningSum.Specimens];

    [Theory]
    [MemberData(nameof(Specimens))]
    public void RulesAgreeWithEachOther(int index)
    {
        var specimen = All[index];
        var f = Samples.Program(specimen);
        var (jvp, vjp, batch) = (Derived.Jvp(f), Derived.Vjp(f), Derived.Vmap(f, 1, [true]));
        Law.Holds(5, random =>
        {
            var x = Samples.Operands(specimen, random);
            var (v, w) = (Samples.Directions(f.Parameters, random), Samples.Directions(f.Results, random));
            var (tangent, cotangent) = (Derived.Run(jvp, [.. x, .. v]), Derived.Run(vjp, [.. x, .. w]));
            var isNarrow = f.Parameters[0].DType == DType.Float32;
            Near.Relative(isNarrow ? 1e-5 : 1e-12, [Dot(tangent, w)], [Dot(v, cotangent)], "the transpose");
            if (!isNarrow && Derived.Difference(f, x, v) is { } difference)
                Near.Relative(1e-6, difference, Derived.Flat(tangent), "the derivative");
            var one = Derived.Run(batch, x[0].Reshaped(x[0].Shape.Insert(0, 1)));
            Near.Bits(Derived.Run(f, x)[0], one[0].Reshaped(f.Results[0].Shape), "a batch of one");
        });
    }

    [Fact]
    public void VectorCodeDoesWhatThePrimitiveMeans()
    {
        double[] special = [0, -0.0, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN];
        foreach (var x in special.Concat([1, -3, 1e10]))
        {
            Assert.Equal(Softsign.Instance.Of(x), SoftsignOf.Of(Vector512.Create(x))[0]);
            Assert.Equal((float)Softsign.Instance.Of((float)x), SoftsignOf.Of(Vector512.Create((float)x))[0], 1e-6f);
        }
    }

    [Fact]
    public void CompositionsAreDifferentiatedWithoutBeingTold() =>
        Assert.Equal(1 / (1 + Math.Exp(2)), Diff.Grad(Verbs.LogSigmoid)(Tensor.Of(2.0)).Item(), 1e-15);

    static double Dot(ImmutableArray<Value> x, ImmutableArray<Value> y) =>
        Derived.Flat(x).Zip(Derived.Flat(y), (a, b) => a * b).Sum();
}
