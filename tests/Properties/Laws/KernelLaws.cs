using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Kernels read their operands as they lie: turned, repeated, backwards, with gaps; and in blocks, vectors and what is
/// left over. The machine does what the interpreter does for each primitive on any such operands.
/// </summary>
public class KernelLaws
{
    public static TheoryData<string> FirstOrders =>
        [.. Samples.Names.Where(n => Samples.Find(n) is { Primitive: FirstOrder, Operands.Length: > 0 })];

    public static TheoryData<string> Elementwises =>
        [
            .. Samples.Names.Where(
                n => Samples.Find(n) is { Primitive: Elementwise } s && s.Operands[0].Type.Shape.Rank == 1 &&
                    s.Operands[0].Type.Shape.Size > 0),
        ];

    [Theory]
    [MemberData(nameof(FirstOrders))]
    public void OperandsAreReadAsTheyLie(string name)
    {
        var specimen = Samples.Find(name);
        Law.Holds(8, random => Agrees(specimen, specimen.Operands, random, name));
    }

    // Whole vectors, blocks and parts that threads share, and what is left over behind each.
    [Theory]
    [MemberData(nameof(Elementwises))]
    public void ArraysOfAnyLengthAreDoneToTheLastElement(string name)
    {
        var specimen = Samples.Find(name);
        var lengths = new Coverage();
        Law.Holds(10, random =>
        {
            Shape shape = random.Next(3) switch
            {
                0 => [random.Next(1, 200)],
                1 => [random.Next(1, 40), random.Next(1, 200)],
                _ => [random.Next(500, 5000)],
            };
            lengths.Count(shape.Size % 16 != 0, "something left over");
            Agrees(
                specimen, [.. specimen.Operands.Select(o => o with { Type = o.Type with { Shape = shape } })], random,
                name);
        });
        lengths.Require(0.3, "something left over");
    }

    static void Agrees(Specimen specimen, ImmutableArray<Domain> operands, Random random, string name)
    {
        var parameters = ImmutableArray.CreateBuilder<Tensor>();
        ImmutableArray<Tensor> x = [.. operands.Select(o => Laid(o.Type, random, parameters))];
        Lambda f = new(
            specimen.Primitive.Name, parameters.ToImmutable(), Application.Of(specimen.Primitive, x).Results);
        ImmutableArray<Value> arguments =
            [.. parameters.Select((p, i) => Samples.Draw(operands[i] with { Type = p.Type }, random))];
        var machine = Machine.Of(f);
        var (expected, found) = (Derived.Run(f, arguments), machine.Run(arguments, Workers.Single));
        machine.Compile();
        Near.Bits(found, machine.Run(arguments, Workers.Single), $"compiled {name}\n{f}");
        for (var i = 0; i < expected.Length; i++)
        {
            if (specimen.Primitive.IsExact || !expected[i].DType.IsFloat)
                Near.Bits(expected[i], found[i], $"{name}\n{f}");
            else
                Near.Relative(
                    expected[i].DType == DType.Float32 ? 1e-5 : 1e-13, Derived.Flat([expected[i]]),
                    Derived.Flat([found[i]]), $"{name}\n{f}");
        }
    }

    /// <summary>A tensor of this type that is read from a parameter which lies in another way.</summary>
    static Tensor Laid(TensorType type, Random random, ImmutableArray<Tensor>.Builder parameters)
    {
        var (shape, rank) = (type.Shape, type.Shape.Rank);
        switch (random.Next(6))
        {
            case 0 when rank > 1:
                var order = Enumerable.Range(0, rank).ToArray();
                random.Shuffle(order);
                return Parameter([.. order.Select(a => shape[a])])
                    .Permute([.. Enumerable.Range(0, rank).Select(a => Array.IndexOf(order, a))]);
            case 1 when rank > 0:
                return Parameter(shape).Flip(random.Next(rank));
            case 2 when rank > 0:
                var axis = random.Next(rank);
                return Parameter(shape.With(axis, (2 * shape[axis]) + 1)).Slice(axis, start: 1, step: 2);
            case 3 when rank > 0:
                return Parameter(shape.With(random.Next(rank), 1)).BroadcastTo(shape);
            case 4 when rank > 0:
                return Parameter([.. shape.Skip(1)]).BroadcastTo(shape);
            default:
                return Parameter(shape);
        }

        Tensor Parameter(Shape lying)
        {
            parameters.Add(Tensor.Parameter(type with { Shape = lying }, $"x{parameters.Count}"));
            return parameters[^1];
        }
    }
}
