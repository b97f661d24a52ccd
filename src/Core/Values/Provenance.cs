using System.Diagnostics;
using System.Reflection;

namespace DistGrad;

/// <summary>A line of the user's code.</summary>
/// <remarks>
/// Operators cannot be told their caller's line, so the line is read off the stack: when an error is raised, which
/// costs nothing until then, and for every expression while <see cref="Record{T}"/> runs.
/// </remarks>
internal sealed record Provenance(string File, int Line, string Method)
{
    private static readonly string[] Libraries =
        ["DistGrad", "DistGrad.FSharp", "DistGrad.Verification", "DistGrad.Distributed", "FSharp.Core"];

    [ThreadStatic]
    private static int recording;

    public override string ToString() => Line > 0 ? $"{Path.GetFileName(File)} line {Line}" : Method;

    /// <summary>
    /// The message, followed by the user's line when one is known and the message does not say it already.
    /// </summary>
    public static string Locate(string message) =>
        OfCaller() is { } place && !message.EndsWith($"({place})", StringComparison.Ordinal)
            ? $"{message} ({place})"
            : message;

    /// <summary>The innermost line on the stack that is neither ours nor the framework's.</summary>
    public static Provenance? OfCaller() =>
        new StackTrace(1, fNeedFileInfo: true).GetFrames()
            .Where(f => f.GetMethod() is { } m && IsUsers(m) && f.GetFileLineNumber() > 0)
            .Select(f => new Provenance(f.GetFileName() ?? "", f.GetFileLineNumber(), f.GetMethod()!.Name))
            .FirstOrDefault();

    /// <summary>The caller's line while recording, else nothing.</summary>
    public static Provenance? OfExpression() => recording > 0 ? OfCaller() : null;

    /// <summary>Runs a function that builds expressions, each of which remembers its line.</summary>
    public static T Record<T>(Func<T> build)
    {
        recording++;
        try
        {
            return build();
        }
        finally
        {
            recording--;
        }
    }

    private static bool IsUsers(MethodBase method)
    {
        var assembly = method.Module.Assembly.GetName().Name ?? "";
        return !Libraries.Contains(assembly) && !assembly.StartsWith("System.", StringComparison.Ordinal);
    }
}
