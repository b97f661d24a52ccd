using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>An expression of this form may be replaced by that one.</summary>
/// <param name="Pattern">The form.</param>
/// <param name="Replacement">What to put in its place, in the same letters.</param>
/// <param name="Holds">For which element types it is true; for all when not said.</param>
/// <param name="IsExact">Whether the replacement has the same bits; else it may differ by rounding.</param>
internal sealed record Rule(Pattern Pattern, Pattern Replacement, Func<DType, bool>? Holds = null, bool IsExact = true)
{
    public override string ToString() => $"{Pattern} = {Replacement}";
}

/// <summary>
/// The algebra that holds of floating-point numbers as they are, with NaN, infinities and signed zeros: so no x * 0 =
/// 0, no x - x = 0, no x + 0 = x (it turns -0 into 0), and no reassociation.
/// </summary>
internal static class Rules
{
    private static readonly Pattern X = new Pattern.Letter("x");
    private static readonly Pattern Y = new Pattern.Letter("y");
    private static readonly Pattern Z = new Pattern.Letter("z");
    private static readonly Pattern P = new Pattern.Letter("p");
    private static readonly Pattern Q = new Pattern.Condition("q");
    private static readonly Pattern C = new Pattern.FiniteConstant("c");
    private static readonly Pattern MinusZero = new Pattern.Number(-0.0);

    public static ImmutableArray<Rule> Table { get; } =
    [
        new(X + MinusZero, X),
        new(MinusZero + X, X),
        new(X - 0, X),
        new(MinusZero - X, -X),
        new(X * 1, X),
        new(1 * X, X),
        new(X / 1, X),
        new(X * -1, -X),
        new(-1 * X, -X),
        new(X / -1, -X),

        new(-(-X), X),
        new(X + (-Y), X - Y),
        new((-X) + Y, Y - X),
        new(X - (-Y), X + Y),
        new((-X) * (-Y), X * Y),
        new((-X) / (-Y), X / Y),

        // Integers have one zero, no infinity and no NaN.
        new(X + 0, X, IsInteger),
        new(0 + X, X, IsInteger),
        new(X * 0, 0, IsInteger),
        new(0 * X, 0, IsInteger),
        new(X - X, 0, IsInteger),

        // A strong product differs from a product only where 0 meets what is not finite, and gives a positive zero
        // there: so a single sign cannot be taken out of it.
        new(Strong(X, C), X * C),
        new(Strong(C, X), C * X),
        new(Strong(-X, -Y), Strong(X, Y)),

        new(Power(X, 0), 1),
        new(Power(X, 1), X),
        new(Power(X, 2), X * X, IsExact: false),
        new(Power(X, 3), X * X * X, IsExact: false),
        new(Power(X, -1), 1 / X, IsExact: false),

        new(Select(P, X, X), X),
        new(Select(1, X, Y), X),
        new(Select(0, X, Y), Y),
        new(Select(P, Select(P, X, Y), Z), Select(P, X, Z)),
        new(Select(P, X, Select(P, Y, Z)), Select(P, X, Z)),
        new(Select(Same(Q, 0), X, Y), Select(Q, Y, X)),

        new(new Pattern.Applied(Identity.Instance, X), X),
        new(
            new Pattern.Applied(Abs.Instance, new Pattern.Applied(Abs.Instance, X)),
            new Pattern.Applied(Abs.Instance, X)),
        new(new Pattern.Applied(Abs.Instance, -X), new Pattern.Applied(Abs.Instance, X)),
        new(
            new Pattern.Applied(Relu.Instance, new Pattern.Applied(Relu.Instance, X)),
            new Pattern.Applied(Relu.Instance, X)),
        new(
            new Pattern.Applied(StopGradient.Instance, new Pattern.Applied(StopGradient.Instance, X)),
            new Pattern.Applied(StopGradient.Instance, X)),
    ];

    private static bool IsInteger(DType dtype) => dtype.IsInteger;

    private static Pattern.Applied Strong(Pattern x, Pattern y) => new(StrongMul.Instance, x, y);

    private static Pattern.Applied Power(Pattern x, Pattern y) => new(Pow.Instance, x, y);

    private static Pattern.Applied Same(Pattern x, Pattern y) => new(Equal.Instance, x, y);

    private static Pattern.Applied Select(Pattern p, Pattern x, Pattern y) => new(Where.Instance, p, x, y);
}
