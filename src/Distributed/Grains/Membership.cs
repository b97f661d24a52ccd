using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Grains;

/// <summary>The silos of the cluster that can train, as this one sees it.</summary>
internal sealed class Membership(
    IClusterMembershipService members, IClusterManifestProvider manifests, TimeProvider clock)
{
    private static readonly GrainType Worker = GrainType.Create(WorkerGrain.Type);

    public ImmutableArray<WorkerId> Workers() => Workers(members.CurrentSnapshot);

    /// <summary>The silos, once there are so many of them.</summary>
    /// <exception cref="TrainingException">There are not, after a while.</exception>
    public async Task<ImmutableArray<WorkerId>> AtLeast(int silos, TimeSpan atMost)
    {
        var start = clock.GetTimestamp();
        while (Workers().Length < Math.Max(silos, 1))
        {
            if (clock.GetElapsedTime(start) > atMost)
                throw new TrainingException(
                    $"The run was to have {silos} silos; " +
                    $"after {atMost.TotalSeconds:F0} s there are {Workers().Length}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock);
        }
        return Workers();
    }

    /// <summary>The silos after each change.</summary>
    public async IAsyncEnumerable<ImmutableArray<WorkerId>> Changes()
    {
        await foreach (var snapshot in members.MembershipUpdates)
            yield return Workers(snapshot);
    }

    private ImmutableArray<WorkerId> Workers(ClusterMembershipSnapshot snapshot) =>
    [
        .. snapshot.Members.Values
            .Where(m => m.Status == SiloStatus.Active)
            .Where(m => manifests.Current.Silos.GetValueOrDefault(m.SiloAddress)?.Grains.ContainsKey(Worker) == true)
            .Select(m => new WorkerId(m.SiloAddress.ToParsableString())),
    ];
}
