using System.Collections.Immutable;
using DistGrad.Execute;

namespace DistGrad.Oracle;

/// <summary>The way in which programs are run.</summary>
internal enum Mode
{
    Interpret,
    Compiled,
}

/// <summary>How cases are run.</summary>
internal sealed record Settings(DType DType = DType.Float64, Mode Mode = Mode.Compiled);

/// <summary>A case asks for something that the library, or this run, does not have.</summary>
internal sealed class SkippedException(string reason) : Exception(reason);

/// <summary>The one place where programs are run.</summary>
internal static class Evaluation
{
    public static ImmutableArray<Value> Evaluate(Lambda program, ImmutableArray<Value> values, Mode mode) => mode switch
    {
        Mode.Interpret => Interpreter.Run(program, values),
        _ => Machine.Of(program).Run(values, Workers.Single),
    };

    /// <summary>A closed expression's value.</summary>
    public static Value Evaluate(Tensor closed, Mode mode) => Evaluate(new Lambda("value", [], [closed]), [], mode)[0];
}
