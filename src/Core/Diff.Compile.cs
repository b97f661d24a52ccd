using System.Collections.Concurrent;
using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Trees;

namespace DistGrad;

public static partial class Diff
{
    private static readonly ConcurrentDictionary<int, Workers> WorkersByCount = [];

    /// <summary>
    /// The function traced, simplified and planned once for each structure, shapes and dtypes of its argument, and from
    /// then on only run. Its results are computed at once; on arguments without a value it is the function itself.
    /// </summary>
    /// <param name="f">A pure function: it is run once for each kind of argument, not for each call.</param>
    /// <param name="threads">How many threads compute; the results have the same bits for any number.</param>
    public static Func<TIn, TOut> Compile<TIn, TOut>(Func<TIn, TOut> f, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(f);
        var workers = WorkersOf("compile", threads);
        var compiled = new ConcurrentDictionary<Signature, (Machine Machine, Tree<TOut> Result)>();
        return x =>
        {
            var tree = Tree.Flatten(x);
            if (tree.Leaves.Any(l => l.Source.IsOpen))
                return f(x);
            var (machine, result) = compiled.GetOrAdd(Signature.Of(tree), _ =>
            {
                var traced = Traced.Of(tree, f, "compiled");
                return (Machine.Of(traced.Program), traced.Result);
            });
            return result.Unflatten(machine.Run(Values(tree.Leaves, workers), workers).Select(Tensor.Of));
        };
    }

    /// <summary>As the other, for a function of two arguments.</summary>
    public static Func<T1, T2, TOut> Compile<T1, T2, TOut>(Func<T1, T2, TOut> f, int threads = 1)
    {
        var compiled = Compile((Tuple<T1, T2> t) => f(t.Item1, t.Item2), threads);
        return (x, y) => compiled(Tuple.Create(x, y));
    }

    /// <summary>As the other, for a function of three arguments.</summary>
    public static Func<T1, T2, T3, TOut> Compile<T1, T2, T3, TOut>(Func<T1, T2, T3, TOut> f, int threads = 1)
    {
        var compiled = Compile((Tuple<T1, T2, T3> t) => f(t.Item1, t.Item2, t.Item3), threads);
        return (x, y, z) => compiled(Tuple.Create(x, y, z));
    }

    /// <summary>The tree with every leaf computed, all of them together.</summary>
    /// <exception cref="OpenTensorException">A leaf depends on a parameter of a function.</exception>
    public static T Evaluate<T>(T tree)
    {
        var flat = Tree.Flatten(tree);
        return flat.Unflatten(Values(flat.Leaves, Workers.Single).Select(Tensor.Of));
    }

    internal static ImmutableArray<Value> Values(ImmutableArray<Tensor> leaves, Workers workers) =>
        leaves.All(l => l.KnownValue is not null)
            ? [.. leaves.Select(l => l.KnownValue!)]
            : Tensor.Evaluate(leaves, workers);
}
