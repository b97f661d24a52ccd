using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>What stood in a pattern's places when it fitted: the tensors by the pattern's letters.</summary>
internal sealed class Match
{
    // A handful of letters: looking through them is quicker than hashing.
    private readonly List<(string Letter, Tensor Tensor)> bound = [];

    public Tensor this[string letter] => bound.Find(b => b.Letter == letter).Tensor;

    /// <summary>Sets a letter, or holds it against what it stood for before.</summary>
    public bool Bind(string letter, Tensor tensor)
    {
        foreach (var (other, before) in bound)
        {
            if (other == letter)
                return ReferenceEquals(before, tensor);
        }
        bound.Add((letter, tensor));
        return true;
    }

    public void Clear() => bound.Clear();

    public Match Copy()
    {
        var copy = new Match();
        copy.bound.AddRange(bound);
        return copy;
    }
}

/// <summary>
/// The form of an expression: a letter stands for anything, the same for the same letter; a number for a
/// literal of that number, broadcast or not; operators and names for primitives. Written like the formula it
/// fits, and also built from.
/// </summary>
internal abstract record Pattern
{
    public abstract bool Fits(Tensor tensor, Match match);

    /// <summary>
    /// The expression with the matched tensors in the letters' places; <paramref name="like"/>
    /// gives numbers their type.
    /// </summary>
    public abstract Tensor Build(Match match, Tensor like, Func<Operation, ImmutableArray<Tensor>, Tensor> apply);

    public static implicit operator Pattern(double number) => new Number(number);

    public static Pattern operator -(Pattern x) => new Applied(Neg.Instance, x);

    public static Pattern operator +(Pattern x, Pattern y) => new Applied(Add.Instance, x, y);

    public static Pattern operator -(Pattern x, Pattern y) => new Applied(Sub.Instance, x, y);

    public static Pattern operator *(Pattern x, Pattern y) => new Applied(Mul.Instance, x, y);

    public static Pattern operator /(Pattern x, Pattern y) => new Applied(Div.Instance, x, y);

    /// <summary>Anything.</summary>
    internal sealed record Letter(string Name) : Pattern
    {
        public override bool Fits(Tensor tensor, Match match) => match.Bind(Name, tensor);

        public override Tensor Build(Match match, Tensor like, Func<Operation, ImmutableArray<Tensor>, Tensor> apply) =>
            match[Name];

        public override string ToString() => Name;
    }

    /// <summary>Anything of truth values.</summary>
    internal sealed record Condition(string Name) : Pattern
    {
        public override bool Fits(Tensor tensor, Match match) => tensor.DType == DType.Bool && match.Bind(Name, tensor);

        public override Tensor Build(Match match, Tensor like, Func<Operation, ImmutableArray<Tensor>, Tensor> apply) =>
            match[Name];

        public override string ToString() => Name;
    }

    /// <summary>Any finite constant but zero.</summary>
    internal sealed record FiniteConstant(string Name) : Pattern
    {
        public override bool Fits(Tensor tensor, Match match) =>
            Constants.TryNumber(tensor, out var number) && double.IsFinite(number) && number != 0 &&
                match.Bind(Name, tensor);

        public override Tensor Build(Match match, Tensor like, Func<Operation, ImmutableArray<Tensor>, Tensor> apply) =>
            match[Name];

        public override string ToString() => Name;
    }

    /// <summary>This number everywhere, told apart from its negative even when zero.</summary>
    internal sealed record Number(double Content) : Pattern
    {
        public override bool Fits(Tensor tensor, Match match) =>
            Constants.TryNumber(tensor, out var number) &&
                BitConverter.DoubleToInt64Bits(number) == BitConverter.DoubleToInt64Bits(Content);

        public override Tensor Build(Match match, Tensor like, Func<Operation, ImmutableArray<Tensor>, Tensor> apply) =>
            Repeated(apply(new Literal(Value.Scalar(like.DType, Content), IsNumber: true), []), like.Shape, apply);

        private static Tensor Repeated(
            Tensor number, Shape shape, Func<Operation, ImmutableArray<Tensor>, Tensor> apply) =>
            shape.Rank == 0 ? number : apply(new Broadcast(shape), [number]);

        public override string ToString() => double.IsNegative(Content) && Content == 0
            ? "-0" : Content.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>A primitive without constants, applied.</summary>
    internal sealed record Applied(Primitive Primitive, params ImmutableArray<Pattern> Operands) : Pattern
    {
        public override bool Fits(Tensor tensor, Match match) =>
            FitsApplied(tensor.Source.Operation, tensor.Source.Operands, match);

        /// <summary>As <see cref="Fits"/>, for an operation that need not have been applied yet.</summary>
        public bool FitsApplied(Operation operation, ImmutableArray<Tensor> operands, Match match)
        {
            if (!Primitive.Equals(operation))
                return false;
            for (var i = 0; i < Operands.Length; i++)
            {
                if (!Operands[i].Fits(operands[i], match))
                    return false;
            }
            return true;
        }

        public override Tensor Build(Match match, Tensor like, Func<Operation, ImmutableArray<Tensor>, Tensor> apply) =>
            apply(Primitive, [.. Operands.Select(o => o.Build(match, like, apply))]);

        public override string ToString() => $"{Primitive.Name}({string.Join(", ", Operands)})";
    }
}

/// <summary>What is known of a tensor that is one number everywhere.</summary>
internal static class Constants
{
    /// <summary>
    /// The number that a literal holds everywhere, seen through the readings that repeat or rearrange it.
    /// </summary>
    public static bool TryNumber(Tensor tensor, out double number)
    {
        number = double.NaN;
        while (tensor.Source.Operation.IsFree && tensor.Source.Operation is not StopGradient)
            tensor = tensor.Source.Operands[0];
        if (tensor.KnownValue is not { Shape.Size: 1 } value || (value.DType == DType.Int64 && !IsExact(value.Long(0))))
            return false;
        number = value.Double(0);
        return true;
    }

    private static bool IsExact(long number) => Math.Abs((double)number) < 1L << 53;
}
