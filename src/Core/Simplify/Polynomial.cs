using System.Collections.Immutable;
using System.Globalization;

namespace DistGrad.Simplify;

/// <summary>
/// An expression as a sum of terms, each a number times powers of atoms; an atom is anything written as one word. For
/// reading only: as real numbers it is equal, as floating-point numbers it is not.
/// </summary>
internal sealed class Polynomial
{
    private readonly ImmutableArray<Term> terms;

    private Polynomial(IEnumerable<Term> terms) => this.terms =
    [
        .. terms.GroupBy(t => t.Powers, PowersComparer.Instance)
            .Select(g => new Term(g.Sum(t => t.Factor), g.Key))
            .Where(t => t.Factor != 0),
    ];

    public int Count => terms.Length;

    public static Polynomial Number(double number) => new([new(number, [])]);

    public static Polynomial Atom(string name) => new([new(1, [(name, 1)])]);

    /// <summary>The number that this is, if it is one.</summary>
    public double? Constant => terms switch
    {
        [] => 0,
        [{ Powers.IsEmpty: true } only] => only.Factor,
        _ => null,
    };

    public static Polynomial operator +(Polynomial x, Polynomial y) => new(x.terms.Concat(y.terms));

    public static Polynomial operator -(Polynomial x, Polynomial y) => x + (Number(-1) * y);

    public static Polynomial operator *(Polynomial x, Polynomial y) =>
        new(from a in x.terms from b in y.terms select a.Times(b));

    /// <summary>To a constant power: of one term exactly, of a sum as one atom.</summary>
    public Polynomial Power(double exponent)
    {
        if (Constant is { } number)
            return Number(Math.Pow(number, exponent));
        // (x^2)^(1/2) is not x, so only whole powers are multiplied out; and whole powers of one term only.
        return terms is [var only] && exponent == Math.Truncate(exponent)
            ? new([only.Power(exponent)])
            : new([new(1, [(Enclosed(ToString()), exponent)])]);
    }

    /// <summary>Terms by falling degree: <c>3x^2 - 2x*y + 1</c>.</summary>
    public override string ToString()
    {
        if (terms.IsEmpty)
            return "0";
        var ordered = terms.OrderByDescending(t => t.Degree).ToArray();
        return string.Concat(ordered.Select((term, i) => (i, term.Factor < 0) switch
        {
            (0, true) => "-" + term.Unsigned,
            (0, false) => term.Unsigned,
            (_, true) => " - " + term.Unsigned,
            _ => " + " + term.Unsigned,
        }));
    }

    private static string Enclosed(string text) => text.All(char.IsLetterOrDigit) ? text : $"({text})";

    /// <summary>A number times powers of atoms.</summary>
    private sealed record Term(double Factor, ImmutableArray<(string Atom, double Exponent)> Powers)
    {
        public double Degree => Powers.Sum(p => p.Exponent);

        /// <summary>Without its sign: what is to a negative power goes below the line.</summary>
        public string Unsigned
        {
            get
            {
                var (above, below) =
                    (Powers.Where(p => p.Exponent > 0).ToArray(), Powers.Where(p => p.Exponent < 0).ToArray());
                var number = Math.Abs(Factor).ToString("R", CultureInfo.InvariantCulture);
                var product = string.Join("*", above.Select(p => Raised(p.Atom, p.Exponent)));
                var top = product.Length == 0 ? number
                    : Math.Abs(Factor) == 1 ? product
                    : char.IsDigit(product[0]) ? $"{number}*{product}"
                    : number + product;
                var bottom = string.Join("*", below.Select(p => Raised(p.Atom, -p.Exponent)));
                return below.Length == 0 ? top : below.Length == 1 ? $"{top}/{bottom}" : $"{top}/({bottom})";
            }
        }

        public Term Times(Term other) => new(
            Factor * other.Factor,
            [
                .. Powers.Concat(other.Powers).GroupBy(p => p.Atom, StringComparer.Ordinal)
                    .Select(g => (g.Key, g.Sum(p => p.Exponent)))
                    .Where(p => p.Item2 != 0)
                    .OrderBy(p => p.Key.Contains('(', StringComparison.Ordinal))
                    .ThenBy(p => p.Key, StringComparer.Ordinal),
            ]);

        public Term Power(double exponent) => new(
            Math.Pow(Factor, exponent), [.. Powers.Select(p => (p.Atom, p.Exponent * exponent))]);

        private static string Raised(string atom, double exponent) =>
            exponent == 1 ? atom : $"{atom}^{exponent.ToString("R", CultureInfo.InvariantCulture)}";
    }

    private sealed class PowersComparer : IEqualityComparer<ImmutableArray<(string Atom, double Exponent)>>
    {
        public static PowersComparer Instance { get; } = new();

        public bool Equals(
            ImmutableArray<(string Atom, double Exponent)> x, ImmutableArray<(string Atom, double Exponent)> y) =>
            x.AsSpan().SequenceEqual(y.AsSpan());

        public int GetHashCode(ImmutableArray<(string Atom, double Exponent)> powers) =>
            powers.Aggregate(
                0, (hash, p) => HashCode.Combine(hash, p.Atom.GetHashCode(StringComparison.Ordinal), p.Exponent));
    }
}
