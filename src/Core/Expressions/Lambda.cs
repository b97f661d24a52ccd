using System.Collections.Immutable;
using System.Diagnostics;

namespace DistGrad;

/// <summary>
/// A closed program: parameters, and results that depend on nothing but them. It is what is transformed, printed,
/// simplified, hashed, shipped and compiled.
/// </summary>
public sealed partial class Lambda
{
    private readonly Lazy<ImmutableArray<Application>> body;

    internal Lambda(string name, ImmutableArray<Tensor> parameters, ImmutableArray<Tensor> results)
    {
        Name = name;
        Parameters = parameters;
        Results = results;
        body = new(() => [.. Order.Of(Results).Where(a => a.Operation is not Parameter)]);
        RequireClosed();
    }

    /// <summary>What the function is called in print.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Name { get; }

    /// <summary>The inputs, in order.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ImmutableArray<Tensor> Parameters { get; }

    /// <summary>The results, in order.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public ImmutableArray<Tensor> Results { get; }

    /// <summary>The applications from which the results are computed, operands first, parameters left out.</summary>
    internal ImmutableArray<Application> Body => body.Value;

    /// <summary>The program as lines, one an application, with shapes.</summary>
    public override string ToString() => Printer.Print(this);

    /// <summary>The program as a graph in the DOT language of Graphviz, operands above what uses them.</summary>
    public string ToDot() => DotPrinter.Print(this);

    private void RequireClosed()
    {
        if (!Results.Any(r => r.Source.IsOpen))
            return;
        var own = new HashSet<Application>(Parameters.Select(p => p.Source), ReferenceEqualityComparer.Instance);
        foreach (var node in Order.Of(Results))
        {
            if (node.Operation is Parameter foreign && !own.Contains(node))
                throw new OpenTensorException(
                    $"{Name} is not closed: it uses parameter {foreign.Label} of {foreign.Function}; pass it as an argument");
        }
    }
}
