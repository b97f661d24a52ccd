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
        // What depends on no parameter needs no check, and its body is found when it is asked for. Else
        // one walk serves for both.
        body = results.Any(r => r.Source.IsOpen) ? new(Closed()) : new(() => [.. Order.Of(Results)]);
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

    /// <summary>The body, once it is certain that it uses no parameters but the program's own.</summary>
    private ImmutableArray<Application> Closed()
    {
        var own = new HashSet<Application>(Parameters.Select(p => p.Source), ReferenceEqualityComparer.Instance);
        var order = Order.Of(Results);
        var closed = ImmutableArray.CreateBuilder<Application>(order.Count);
        foreach (var node in order)
        {
            if (node.Operation is not Parameter parameter)
                closed.Add(node);
            else if (!own.Contains(node))
                throw new OpenTensorException(
                    $"{Name} is not closed: " +
                    $"it uses parameter {parameter.Label} of {parameter.Function}; pass it as an argument");
        }
        return closed.DrainToImmutable();
    }
}
