using System.Text.Json;
using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>A module: functions of one kind of input, by name.</summary>
internal abstract class Eval(string name)
{
    public string Name { get; } = name;

    public abstract IReadOnlyList<string> Functions { get; }

    /// <summary>A function on an input as the protocol writes it.</summary>
    /// <exception cref="MessageException">There is no such function, or the input is of another form.</exception>
    public abstract Work Prepare(string function, JsonElement input, int threads);

    /// <summary>A function on a small input, to warm up with.</summary>
    public abstract Work Example(string function, int threads);
}

/// <summary>A module whose functions take inputs of type T.</summary>
/// <param name="name">What the protocol calls it.</param>
/// <param name="example">A small input.</param>
/// <param name="read">An input from JSON.</param>
/// <param name="functions">Each function as what makes it ready for an input, on a number of threads.</param>
internal sealed class Eval<T>(
    string name, T example, Func<JsonElement, T> read,
    params (string Name, Func<T, int, Work> Prepare)[] functions) : Eval(name)
{
    public override IReadOnlyList<string> Functions { get; } = [.. functions.Select(f => f.Name)];

    public override Work Prepare(string function, JsonElement input, int threads) =>
        Prepare(function, read(input), threads);

    public override Work Example(string function, int threads) => Prepare(function, example, threads);

    public Work Prepare(string function, T input, int threads) =>
        functions.FirstOrDefault(f => f.Name == function).Prepare is { } prepare
            ? prepare(input, threads)
            : throw new MessageException(
                $"{Name} has no function \"{function}\"; it has {string.Join(", ", Functions)}");
}
