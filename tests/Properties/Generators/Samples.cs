using System.Collections.Immutable;

namespace DistGrad.Properties.Generators;

/// <summary>
/// The table's specimens under names that a test explorer can show, each in float32 too where it
/// is stated in float64 alone.
/// </summary>
static class Samples
{
    static readonly Dictionary<string, Specimen> ByName = Named();

    public static IEnumerable<string> Names => ByName.Keys;

    public static Specimen Find(string name) => ByName[name];

    /// <summary>The specimen's primitive as a program of its operands.</summary>
    public static Lambda Program(Specimen specimen)
    {
        ImmutableArray<Tensor> parameters =
            [.. specimen.Operands.Select((o, i) => Tensor.Parameter(o.Type, $"x{i}", specimen.Primitive.Name))];
        return new(specimen.Primitive.Name, parameters, Application.Of(specimen.Primitive, parameters).Results);
    }

    public static ImmutableArray<Value> Operands(Specimen specimen, Random random) =>
        [.. specimen.Operands.Select(o => Draw(o, random))];

    /// <summary>A value of this type from this domain.</summary>
    public static Value Draw(Domain domain, Random random) => Draw(domain, domain.Type.Shape, random);

    public static Value Draw(Domain domain, Shape shape, Random random) => domain.Type.DType.IsFloat
        ? Value.FromDoubles(
            domain.Type.DType, shape, i => domain.Low + ((domain.High - domain.Low) * random.NextDouble()) +
                (domain.Diagonal != 0 && i / shape[^1] % shape[^2] == i % shape[^1] ? domain.Diagonal : 0))
        : Value.FromLongs(
            domain.Type.DType, shape, _ => random.Next((int)Math.Ceiling(domain.Low), (int)Math.Ceiling(domain.High)));

    /// <summary>Any numbers between -1 and 1, of this type: tangents, cotangents.</summary>
    public static Value Direction(TensorType type, Random random) => Draw(new(type, -1, 1), random);

    public static ImmutableArray<Value> Directions(IEnumerable<Tensor> like, Random random) =>
        [.. like.Select(t => Direction(t.Type, random))];

    static readonly double[] Special =
    [
        double.NaN, 0.0, -0.0, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -double.Epsilon,
        1e-310, float.Epsilon, -float.Epsilon, 1, -1, 0.5, 2.5, -2.5, float.MaxValue, double.MaxValue, double.MinValue,
        1e15, 1 << 30,
    ];

    /// <summary>
    /// As drawn, with about every other element of a float replaced by a special number or one of any magnitude.
    /// </summary>
    public static Value WithSpecials(Value value, Random random) => value.DType.IsFloat
        ? Value.FromDoubles(value.DType, value.Shape, i => random.Next(4) switch
        {
            0 => Special[random.Next(Special.Length)],
            1 => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-20, 20)),
            _ => value.Double(i),
        })
        : value;

    /// <summary>
    /// As drawn, with about every third element of an integer replaced by one at the ends of its type,
    /// or beyond a float's digits.
    /// </summary>
    public static Value WithExtremes(Value value, Random random)
    {
        long[] extremes = value.DType == DType.Int32
            ? [int.MinValue, int.MaxValue, int.MinValue + 1, 0, -1, (1 << 24) + 1]
            :
            [
                long.MinValue, long.MaxValue, long.MinValue + 1, 0, -1, (1L << 53) + 1, (1L << 24) + 1,
                (1L << 60) + (1L << 36) + 1,
            ];
        return value.DType.IsInteger
            ? Value.FromLongs(
                value.DType, value.Shape,
                i => random.Next(3) == 0 ? extremes[random.Next(extremes.Length)] : value.Long(i))
            : value;
    }

    static Dictionary<string, Specimen> Named()
    {
        var stated = PrimitiveTable.All.SelectMany(e => e.Specimens()).ToList();
        var narrow = stated.Where(s => s.Primitive is FirstOrder and not Cast).Select(Narrow)
            .Where(n => n is not null && !stated.Any(s => Same(s, n))).Select(n => n!);
        return stated.Concat(narrow).GroupBy(s => s.ToString())
            .SelectMany(g => g.Select((s, i) => (Name: i == 0 ? g.Key : $"{g.Key} #{i}", s)))
            .ToDictionary(p => p.Name, p => p.s);
    }

    static Specimen? Narrow(Specimen specimen) => specimen.Operands.Any(o => o.Type.DType == DType.Float64)
        ? specimen with
        {
            Operands =
            [
                .. specimen.Operands.Select(
                    o => o.Type.DType == DType.Float64 ? o with { Type = o.Type with { DType = DType.Float32 } } : o),
            ],
        }
        : null;

    static bool Same(Specimen left, Specimen right) => left.ToString() == right.ToString();
}
