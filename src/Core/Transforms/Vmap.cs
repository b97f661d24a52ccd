using System.Collections.Immutable;

namespace DistGrad.Transforms;

/// <summary>
/// A function over a batch: each application that depends on a batched variable is done for all examples at once.
/// </summary>
internal static class Vmap
{
    /// <summary>
    /// The results for all examples, with the batch as axis 0; what does not depend on the batch is repeated.
    /// </summary>
    /// <param name="size">The number of examples.</param>
    /// <param name="results">What is computed for each example.</param>
    /// <param name="variables">What stands for one example's inputs.</param>
    /// <param name="batches">All examples' inputs, with the batch as axis 0.</param>
    public static ImmutableArray<Tensor> Run(
        int size, ImmutableArray<Tensor> results, ImmutableArray<Tensor> variables, ImmutableArray<Tensor> batches)
    {
        var known = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < variables.Length; i++)
            known[variables[i]] = batches[i];
        foreach (var node in Order.Dependents(results, variables))
        {
            ImmutableArray<bool> batched = [.. node.Operands.Select(known.ContainsKey)];
            ImmutableArray<Tensor> operands = [.. node.Operands.Select(o => known.GetValueOrDefault(o, o))];
            var batch = ((Primitive)node.Operation).Batch(size, operands, batched, OfPrograms.Instance);
            for (var i = 0; i < batch.Length; i++)
                known[node.Results[i]] = batch[i];
        }
        return
        [
            .. results.Select(r => known.TryGetValue(r, out var batch) ? batch : Batching.One(size, r, batched: false))
        ];
    }
}
