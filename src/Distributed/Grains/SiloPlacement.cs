using DistGrad.Distributed.Contracts;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace DistGrad.Distributed.Grains;

/// <summary>Each worker lives on the silo that its key names, and nowhere else.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.silo-placement")]
internal sealed class SiloPlacement : PlacementStrategy
{
    public static SiloPlacement Instance { get; } = new();
}

[AttributeUsage(AttributeTargets.Class)]
internal sealed class SiloPlacementAttribute() : PlacementAttribute(SiloPlacement.Instance);

internal sealed class SiloPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var named = SiloAddress.FromParsableString(WorkerKey.Parse(target.GrainIdentity.Key.ToString()!).Worker.Silo);
        return context.GetCompatibleSilos(target).Contains(named)
            ? Task.FromResult(named)
            : Task.FromException<SiloAddress>(
                new OrleansException($"The silo {named} is not, or not yet, known to be alive"));
    }
}
