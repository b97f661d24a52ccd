using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Execute;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>One program, one set of bits: on any number of threads and on any width of vectors.</summary>
public class SameBitsLaws
{
    /// <summary>Where a child process is to write the digest that it finds.</summary>
    private const string Answer = "DISTGRAD_DIGEST_FILE";

    /// <summary>The runtime's switch for code that is made at run time, and what tells a child process of it.</summary>
    private const string DynamicCode = "System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported";
    private const string WithoutDynamicCode = "DISTGRAD_WITHOUT_DYNAMIC_CODE";

    public static TheoryData<string> Switches => ["EnableAVX512", "EnableAVX2", "EnableHWIntrinsic"];

    [Fact]
    public void ThreadsChangeNoBit()
    {
        using var two = new Workers(2);
        using var three = new Workers(3);
        var digest = Digest(Workers.Single);
        Assert.Equal(digest, Digest(two));
        Assert.Equal(digest, Digest(three));
        if (Environment.GetEnvironmentVariable(Answer) is { Length: > 0 } file)
            File.WriteAllLines(file, [digest, Widest, $"{RuntimeFeature.IsDynamicCodeSupported}"]);
    }

    /// <summary>Where no code can be made at run time, loops are interpreted.</summary>
    [Fact]
    public void InterpretedLoopsHaveTheSameBits()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Answer) is not null, "this is the child process");
        Assert.True(RuntimeFeature.IsDynamicCodeSupported);
        var answer = Answered(new() { [WithoutDynamicCode] = "1" });
        Assert.Equal($"{false}", answer[2]);
        Assert.Equal(Digest(Workers.Single), answer[0]);
    }

    [ModuleInitializer]
    internal static void Switch()
    {
        if (Environment.GetEnvironmentVariable(WithoutDynamicCode) == "1")
            AppContext.SetSwitch(DynamicCode, false);
    }

    /// <summary>The runtime is told not to use instructions that this machine may have.</summary>
    [Theory]
    [MemberData(nameof(Switches))]
    public void VectorWidthChangesNoBit(string name)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Answer) is not null, "this is the child process");
        var answer = Answered(new() { [$"DOTNET_{name}"] = "0", [$"DOTNET_{name}F"] = "0" });
        Assert.Equal(Digest(Workers.Single), answer[0]);
        // A switch that the runtime does not know would compare the same with the same.
        Assert.True(Widest == "128" || answer[1] != Widest, $"{name} changed nothing: vectors have {Widest} bits");
    }

    /// <summary>What a child process with these variables finds.</summary>
    private static string[] Answered(Dictionary<string, string> environment)
    {
        var file = Path.GetTempFileName();
        try
        {
            environment[Answer] = file;
            RunSelf(environment);
            return File.ReadAllLines(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Widest =>
        Vector512.IsHardwareAccelerated ? "512" : Vector256.IsHardwareAccelerated ? "256" : "128";

    /// <summary>Runs this test assembly once more, with nothing but the law of threads.</summary>
    private static void RunSelf(Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                typeof(SameBitsLaws).Assembly.Location,
                "-method", $"*{nameof(SameBitsLaws)}.{nameof(ThreadsChangeNoBit)}",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(4)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("The child process did not end");
        }
        Assert.True(process.ExitCode == 0, output.Result + error.Result);
    }

    /// <summary>The hash of what every specimen and a training step compute.</summary>
    private static string Digest(Workers workers)
    {
        var values = new List<Value>();
        foreach (var specimen in PrimitiveTable.All.SelectMany(p => p.Specimens()).Where(IsRun))
        {
            ImmutableArray<Tensor> x = [.. specimen.Operands.Select(o => Tensor.Parameter(o.Type, "x"))];
            var program = new Lambda("specimen", x, Application.Of(specimen.Primitive, x).Results);
            values.AddRange(Compiled(program).Run([.. specimen.Operands.Select((o, i) => Drawn(o, i))], workers));
        }
        values.AddRange(Step(workers));
        values.AddRange(Loops(DType.Float64, workers));
        values.AddRange(Loops(DType.Float32, workers));
        foreach (var width in new[] { 3, 10, 67, 300 })
        {
            values.AddRange(Rows(DType.Float64, width, workers));
            values.AddRange(Rows(DType.Float32, width, workers));
        }
        return ContentHash.Of(values).ToString();
    }

    /// <summary>The loss and gradients of two layers, large enough for every blocked and shared path.</summary>
    private static ImmutableArray<Value> Step(Workers workers)
    {
        var (x, w, v) = (Uniform(1, [200, 700]), Uniform(2, [700, 130]), Uniform(3, [130, 10]));
        var traced = Diff.Trace(Tuple.Create(w, v), p => Diff.ValueAndGrad(p, q =>
            (Tensor.Tanh(x.MatMul(q.Item1)).MatMul(q.Item2).LogSoftmax() * Tensor.Sigmoid(x[.., 0..10])).Mean()).Grad);
        return Compiled(traced).Run([w.ToValue(), v.ToValue()], workers);
    }

    /// <summary>The gradient of loops of a few numbers, which are straight methods where code can be made.</summary>
    private static ImmutableArray<Value> Loops(DType dtype, Workers workers)
    {
        static Tensor F(Tensor x) => Flow.While(
            (x, Tensor.Of(0L)), s => s.Item2 < 7,
            s => (Tensor.Tanh(s.Item1 * x) + (s.Item1 / (1 + Tensor.Exp(x[0] - s.Item1))), s.Item2 + 1)).Item1;
        var x = Value.FromDoubles(dtype, [5], i => (0.3 * i) - 0.7);
        return Compiled(Diff.Trace(Tensor.Of(x), t => Diff.ValueAndGrad(t, u => F(u).Sum()))).Run([x], workers);
    }

    /// <summary>
    /// Rows that leave something over behind whole vectors: numbers, truth values, sums both ways, products with a
    /// column.
    /// </summary>
    private static ImmutableArray<Value> Rows(DType dtype, int width, Workers workers)
    {
        var (x, y) = (Uniform(1, [150, width]).Cast(dtype).Evaluate(), Uniform(2, [width]).Cast(dtype).Evaluate());
        var traced = Diff.Trace(Tuple.Create(x, y), p =>
        {
            var (product, isLess) = (p.Item1 * p.Item2, p.Item1 < p.Item2);
            var chosen = Tensor.Where(isLess, product, p.Item2);
            return Tuple.Create(isLess, Tuple.Create(chosen.Sum(1), product.Sum(0)), Tensor.Exp(chosen),
                Tuple.Create(p.Item1.MatMul(p.Item2), p.Item1.MatMul(Tensor.Stack([p.Item2, p.Item2], 1)[.., 0])));
        });
        return Compiled(traced).Run([x.ToValue(), y.ToValue()], workers);
    }

    private static Machine Compiled(Lambda program)
    {
        var machine = Machine.Of(program);
        machine.Compile();
        return machine;
    }

    private static Tensor Uniform(long seed, Shape shape) => (Tensor.Uniform(Key.Of(seed), shape) - 0.5).Evaluate();

    private static bool IsRun(Specimen specimen) => specimen.Primitive is not CustomLinear;

    private static Value Drawn(Domain domain, int seed)
    {
        var (shape, u) = (domain.Type.Shape, Tensor.Uniform(Key.Of(seed), domain.Type.Shape, DType.Float64));
        var x = domain.Low + (u * (domain.High - domain.Low));
        if (domain.Diagonal != 0)
            x += Tensor.Of(Value.FromDoubles(DType.Float64, shape, i => IsOnDiagonal(i) ? domain.Diagonal : 0));
        // A truth value is whichever of 0 and 1 lies below.
        return (domain.Type.DType.IsFloat ? x : Tensor.Floor(x)).Cast(domain.Type.DType).ToValue();

        bool IsOnDiagonal(int place) => place / shape[^1] % shape[^2] == place % shape[^1];
    }
}
