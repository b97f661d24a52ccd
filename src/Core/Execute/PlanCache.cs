using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace DistGrad.Execute;

/// <summary>
/// Machines for closed expressions, kept by structure: the same operations on data of the same types, put
/// together in the same way, run on the machine made for the first. The data are the machine's arguments, the
/// formula's numbers are part of it.
/// </summary>
/// <remarks>
/// The meter <c>DistGrad</c> counts expressions that found a machine and such that had to make one, and tells how many
/// are kept.
/// </remarks>
internal static class PlanCache
{
    /// <summary>
    /// Machines made or used lately; as many again, which were used before them, wait to be used again or go.
    /// </summary>
    private const int Capacity = 256;

    private static readonly Meter Meter = new("DistGrad");

    private static readonly Counter<long> Hits = Meter.CreateCounter<long>(
        "distgrad.plan_cache.hits", "{expression}", "Closed expressions that ran on a machine made before.");

    private static readonly Counter<long> Misses = Meter.CreateCounter<long>(
        "distgrad.plan_cache.misses", "{expression}", "Closed expressions for which a machine was made.");

    private static ConcurrentDictionary<Structure, Machine> recent = [];
    private static ConcurrentDictionary<Structure, Machine> before = [];

    static PlanCache() => Meter.CreateObservableGauge(
        "distgrad.plan_cache.machines", () => recent.Count + before.Count, "{machine}", "Machines that are kept.");

    /// <summary>The values of closed tensors.</summary>
    public static ImmutableArray<Value> Evaluate(ImmutableArray<Tensor> tensors, Workers workers)
    {
        var order = Order.Of(tensors);
        ImmutableArray<Tensor> data = [.. order.Where(IsData).Select(a => a.Results[0])];
        var key = new Structure(order, tensors);
        if (recent.TryGetValue(key, out var machine))
            Hits.Add(1);
        else
            machine = Kept(key, Earlier(key) ?? Made(Abstracted(order, data, tensors)));
        return machine.Run([.. data.Select(d => d.KnownValue!)], workers);
    }

    private static Machine? Earlier(Structure key)
    {
        if (!before.TryRemove(key, out var machine))
            return null;
        Hits.Add(1);
        return machine;
    }

    private static Machine Made(Lambda program)
    {
        Misses.Add(1);
        return Machine.Of(program);
    }

    // Threads that fill it at the same time may drop a machine too early, which is then made again.
    private static Machine Kept(Structure key, Machine machine)
    {
        if (recent.Count >= Capacity)
            (before, recent) = (recent, []);
        return recent.GetOrAdd(key, machine);
    }

    private static bool IsData(Application node) => node.Operation is Literal { IsNumber: false };

    private static Lambda Abstracted(
        List<Application> order, ImmutableArray<Tensor> data, ImmutableArray<Tensor> results)
    {
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        ImmutableArray<Tensor> parameters =
            [.. data.Select(d => stand[d] = Tensor.Parameter(d.Type, "data", "an expression"))];
        return new("expression", parameters, Substitute.Rebuild(order, stand, results));
    }

    /// <summary>The operations in order, each with the places of its operands; data only by their types.</summary>
    private sealed class Structure : IEquatable<Structure>
    {
        private readonly object[] operations;
        private readonly int[] places;
        private readonly int hash;

        public Structure(List<Application> order, ImmutableArray<Tensor> results)
        {
            var number = new Dictionary<Application, int>(order.Count, ReferenceEqualityComparer.Instance);
            var found = new List<int>(order.Count * 3);
            operations = new object[order.Count];
            var combined = default(HashCode);
            for (var i = 0; i < order.Count; i++)
            {
                number[order[i]] = i;
                operations[i] = IsData(order[i]) ? order[i].Results[0].Type : order[i].Operation;
                combined.Add(operations[i]);
                AddPlaces(order[i].Operands);
            }
            AddPlaces(results);
            places = [.. found];
            combined.AddBytes(MemoryMarshal.AsBytes<int>(places));
            hash = combined.ToHashCode();

            void AddPlaces(ImmutableArray<Tensor> tensors)
            {
                found.Add(tensors.Length);
                foreach (var tensor in tensors)
                    found.AddRange([number[tensor.Source], tensor.Index]);
            }
        }

        public bool Equals(Structure? other) =>
            other is not null && hash == other.hash && places.AsSpan().SequenceEqual(other.places) &&
                operations.SequenceEqual(other.operations);

        public override bool Equals(object? obj) => Equals(obj as Structure);

        public override int GetHashCode() => hash;
    }
}
