using System.Text.Json;
using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>A function on one input, made ready: what each run does, and the output of the last one.</summary>
internal abstract class Work
{
    /// <summary>The whole computation, from the input to the output.</summary>
    public abstract void Run();

    /// <summary>The output of the last run.</summary>
    public abstract void Write(Utf8JsonWriter writer);

    /// <summary>The program that a run runs, before it is simplified, and its arguments.</summary>
    public abstract (Lambda Program, IReadOnlyList<Value> Arguments) Trace();

    /// <summary>A function of tensors on one input, traced and planned by its first run, which is done here.</summary>
    public static Program<TIn, TOut> Of<TIn, TOut>(
        TIn input, Func<TIn, TOut> f, int threads, Action<Utf8JsonWriter, TOut> write) => new(input, f, threads, write);

    /// <summary>As the other, of one tensor, which is the output.</summary>
    public static Program<TIn, Tensor> Of<TIn>(TIn input, Func<TIn, Tensor> f, int threads) =>
        new(input, f, threads, (writer, y) => writer.Write(y));
}

/// <summary>
/// A compiled function of tensors and its argument. Its output stays in memory of its own from one run to the next.
/// </summary>
internal sealed class Program<TIn, TOut> : Work
{
    private readonly TIn input;
    private readonly Func<TIn, TOut> f;
    private readonly Iteration<TOut, TIn> runs;
    private readonly Action<Utf8JsonWriter, TOut> write;

    public Program(TIn input, Func<TIn, TOut> f, int threads, Action<Utf8JsonWriter, TOut> write)
    {
        (this.input, this.f, this.write) = (input, f, write);
        runs = Diff.Iterate(Diff.Compile(f, threads)(input), (TOut _, TIn x) => f(x), threads);
        Run();
    }

    public TOut Output => runs.State;

    public override (Lambda Program, IReadOnlyList<Value> Arguments) Trace() =>
        (Diff.Trace(input, f), [.. Tree.Leaves(input).Select(l => l.Tensor.ToValue())]);

    public override void Run() => runs.Step(input);

    public override void Write(Utf8JsonWriter writer) => write(writer, Output);
}
