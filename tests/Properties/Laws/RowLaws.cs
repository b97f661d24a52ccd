using DistGrad.Execute;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Compiled loops go from row to row by themselves, whatever is left over behind a row's whole vectors.
/// </summary>
public class RowLaws
{
    /// <summary>Bytes behind an array that are no numbers, and stay what they are.</summary>
    private const int Behind = 64;

    private static readonly int[] Widths = [1, 2, 3, 7, 10, 16, 17, 31, 67, 100, 129, 300, 1031];

    /// <summary>
    /// Functions of x and the truth values t of [rows, width], y and s of [width], and z of [rows, 1].
    /// </summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor[]>> Forms = new()
    {
        ["broadcast operands"] = (x, y, z, _, _) => [(x * y) + z, Tensor.Exp(x - z)],
        ["truth values"] = (x, y, z, t, s) => [Tensor.Where(t, x, y), x < z, Tensor.Where(s, z, x)],
        ["sums of rows"] = (x, y, z, t, _) =>
            [(x - z).Sum(1), (z - (x * x)).Max([1]), Tensor.Where(t, x, y) + (x - z)],
        ["sums of columns"] = (x, y, z, t, _) =>
            [Tensor.Where(t, x, z).Sum(0), (x * y).Min([0]), Tensor.Where(t, x, z) - (x * y)],
        ["in place"] = (x, y, z, _, _) => [Tensor.Sqrt(Tensor.Abs((x.CumSum(0) * y) + z)), (x.CumSum(1) - z).Sum(0)],
    };

    [Fact]
    public void RowsOfAnyWidthAreDoneToTheLastElementAndNoFurther()
    {
        var coverage = new Coverage();
        using var two = new Workers(2);
        Law.Holds(300, random =>
        {
            var dtype = random.Next(2) == 0 ? DType.Float32 : DType.Float64;
            var width = Widths[random.Next(Widths.Length)];
            var rows = random.Next(8) switch { < 3 => random.Next(2, 5), < 7 => random.Next(5, 70), _ => 1500 };
            var form = Forms.Keys.ElementAt(random.Next(Forms.Count));
            var hasTail = width * dtype.ByteSize % 64 != 0;
            coverage.Count(hasTail ? $"{form}, a tail" : form, rows == 1500 ? "for threads" : "few");
            Agrees(Program(form, dtype, rows, width), two, random, $"{form}, {dtype.Name} [{rows}, {width}]");
        });
        coverage.Require(0.05, [.. Forms.Keys.Select(f => $"{f}, a tail"), "for threads"]);
    }

    private static Lambda Program(string form, DType dtype, int rows, int width)
    {
        var (x, y) = (Parameter(dtype, [rows, width]), Parameter(dtype, [width]));
        var (z, t) = (Parameter(dtype, [rows, 1]), Parameter(DType.Bool, [rows, width]));
        var s = Parameter(DType.Bool, [width]);
        return new(form, [x, y, z, t, s], [.. Forms[form](x, y, z, t, s)]);

        static Tensor Parameter(DType dtype, Shape shape) => Tensor.Parameter(new(dtype, shape), "x");
    }

    // Interpreted loops compute rows one at a time, from copies of what is left over.
    private static void Agrees(Lambda program, Workers workers, Random random, string name)
    {
        var arguments = program.Parameters.Select(p => Given(p, random)).ToArray();
        var machine = Machine.Of(program);
        var expected = Run(Workers.Single);
        machine.Compile();
        foreach (var found in new[] { Run(Workers.Single), Run(workers) })
        {
            for (var i = 0; i < expected.Length; i++)
                Assert.True(expected[i].AsSpan().SequenceEqual(found[i]), $"{name}, result {i}");
        }
        foreach (var memory in arguments)
            memory.Dispose();

        byte[][] Run(Workers workers)
        {
            var results = program.Results.Select(Empty).ToArray();
            machine.Run(
                [.. arguments.Select(m => m.Start)], [.. results.Select(m => m.Start)], workers);
            byte[][] bytes = [.. results.Select((m, i) => Whole(m, program.Results[i]).ToArray())];
            foreach (var memory in results)
                memory.Dispose();
            Assert.All(bytes, b => Assert.All(b[^Behind..], e => Assert.Equal(byte.MaxValue, e)));
            return bytes;
        }
    }

    private static unsafe Memory Given(Tensor tensor, Random random)
    {
        var memory = Empty(tensor);
        var drawn = Samples.Draw(new(tensor.Type, tensor.DType == DType.Bool ? 0 : -2, 2), random);
        var pinned = drawn.Pin();
        new Span<byte>((void*)pinned.AddrOfPinnedObject(), Bytes(tensor)).CopyTo(Whole(memory, tensor));
        pinned.Free();
        return memory;
    }

    private static Memory Empty(Tensor tensor)
    {
        var memory = new Memory(Bytes(tensor) + Behind);
        Whole(memory, tensor).Fill(byte.MaxValue);
        return memory;
    }

    private static unsafe Span<byte> Whole(Memory memory, Tensor tensor) =>
        new((void*)memory.Start, Bytes(tensor) + Behind);

    private static int Bytes(Tensor tensor) => tensor.Shape.Size * tensor.DType.ByteSize;
}
