using System.Collections.Immutable;
using DistGrad.Transforms;
using Xunit;

namespace DistGrad.Properties.Generators;

/// <summary>Programs that the laws of the wire format write, and whether two of them say the same.</summary>
internal static class WirePrograms
{
    public static readonly TensorType Vector = new(DType.Float64, [3]);

    public static TheoryData<string> Primitives => [.. PrimitiveTable.All.Select(e => e.Name)];

    public static TheoryData<string> Samples => [.. SamplePrograms.Keys];

    public static Dictionary<string, Lambda> SamplePrograms { get; } = new()
    {
        ["golden"] = Golden(),
        ["gradient"] = Gradient(),
        ["scan"] = Applied(Scan.Specimens.First()),
        ["cond"] = Applied(Cond.Specimens.First()),
        ["custom"] = Applied(CustomVjp.Specimens.First()),
        ["views"] = Views(),
        ["nothing"] = new("nothing", [], []),
    };

    public static IEnumerable<Specimen> SpecimensOf(string name) => name == "custom_linear"
        ? [new(new CustomLinear(Reversed.Backward, 1), Domain.Float([3]), Domain.Float([3]))]
        : PrimitiveTable.All.Single(e => e.Name == name).Specimens();

    public static CustomVjp Reversed => (CustomVjp)CustomVjp.Specimens.First().Primitive;

    public static IReadOnlyList<TensorType> Types(Specimen specimen) => [.. specimen.Operands.Select(o => o.Type)];

    public static Lambda Applied(Specimen specimen)
    {
        ImmutableArray<Tensor> parameters = [.. Types(specimen).Select((t, i) => Tensor.Parameter(t, $"x{i}", "f"))];
        return new("f", parameters, Application.Of(specimen.Primitive, parameters).Results);
    }

    public static Lambda Golden()
    {
        var (w, x) =
            (Tensor.Parameter(new(DType.Float32, [2]), "w"), Tensor.Parameter(new(DType.Float32, [200, 2]), "x"));
        return new("loss", [w, x], [(Tensor.Tanh(x * w) + Tensor.Of(1f)).Sum(0)]);
    }

    public static Lambda Gradient()
    {
        var (w, x) =
            (Tensor.Parameter(new(DType.Float64, [3, 2]), "w"), Tensor.Parameter(new(DType.Float64, [4, 3]), "x"));
        var loss = Tensor.Relu(x.MatMul(w)).LogSoftmax().Mean();
        var cts = Vjp.Run([loss], [w], [Tensor.Of(1.0)]);
        return new("gradient", [w, x], [loss, .. cts.OfType<Tensor>()]);
    }

    public static Lambda Views()
    {
        var x = Tensor.Parameter(new(DType.Int64, [4, 6]), "x");
        var y = x.Permute(1, 0).Narrow(0, 1, 4).Flip(0).Reshape(2, 8).Pad([1, 0], [0, 2]);
        return new(
            "views", [x],
            [Tensor.Concat([y, y], 1).Max(0), x.Gather(x, 1), Tensor.Iota(DType.Int64, [3, 5], 1), y.Cast(DType.Bool)]);
    }

    public static bool SameProgram(Lambda one, Lambda other)
    {
        var numbers = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        var same = Pair(one.Parameters, other.Parameters) && one.Body.Length == other.Body.Length;
        foreach (var (left, right) in same ? one.Body.Zip(other.Body) : [])
        {
            same &= left.Operation.Name == right.Operation.Name && Match(left.Operands, right.Operands);
            same &= left.Operation.Attributes.Length == right.Operation.Attributes.Length && left.Operation.Attributes
                .Zip(right.Operation.Attributes, (a, b) => a.Name == b.Name && SameContent(a.Content, b.Content))
                .All(s => s);
            same &= Pair(left.Results, right.Results);
        }
        return same && Match(one.Results, other.Results);

        bool Pair(ImmutableArray<Tensor> left, ImmutableArray<Tensor> right)
        {
            foreach (var (l, r) in left.Zip(right))
                numbers[l] = r;
            return left.Select(t => t.Type).SequenceEqual(right.Select(t => t.Type));
        }

        bool Match(ImmutableArray<Tensor> left, ImmutableArray<Tensor> right) =>
            left.Length == right.Length && left.Zip(right, (l, r) => ReferenceEquals(numbers[l], r)).All(s => s);
    }

    public static bool SameContent(object one, object other) => (one, other) switch
    {
        (Lambda left, Lambda right) => SameProgram(left, right),
        (double left, double right) => BitConverter.DoubleToInt64Bits(left) == BitConverter.DoubleToInt64Bits(right),
        _ => one.Equals(other),
    };
}
