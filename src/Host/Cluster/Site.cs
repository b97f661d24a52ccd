using System.Net;

namespace DistGrad.Host.Cluster;

/// <summary>Where a run takes place, as it was asked for on the command line.</summary>
internal sealed record Site(int? Silos, bool IsInProcess, string? Cluster, int? Threads)
{
    /// <summary>How many silos are started where no number is asked for.</summary>
    public const int Default = 3;

    private IPEndPoint[]? Gateways => Cluster is null ? null : Addresses.Parse("--cluster", Cluster);

    private int Count => Silos ?? Default;

    private int ThreadsEach => Threads ?? SiloSettings.ShareOfThreads(Count);

    /// <exception cref="UserException">What was asked for cannot be had together.</exception>
    public void Check(int shards)
    {
        if (Gateways is not null && (Silos is not null || IsInProcess || Threads is not null))
        {
            throw new UserException(
                "--cluster names silos that are there already; " +
                "--silos, --in-process and --threads are for those that are started");
        }
        if (Gateways is null && Count > shards)
        {
            throw new UserException(
                $"--silos: {Count} silos are more than {shards} shards, of which each takes one at least; " +
                "see --shards");
        }
    }

    public async Task<ICluster> Open(CancellationToken stop) =>
        Gateways is { } gateways ? await RemoteCluster.Connect(gateways, stop).ConfigureAwait(false)
        : IsInProcess ? await InProcessCluster.Start(Count, ThreadsEach, stop).ConfigureAwait(false)
        : await ProcessCluster.Start(SiloSettings.Local(Count, ThreadsEach), stop).ConfigureAwait(false);

    public string Describe(ICluster cluster) =>
        Gateways is not null ? $"{cluster.Silos} silos at {Cluster}"
        : $"{Count} {(IsInProcess ? "silos in this process" : "silo processes")} " +
            $"of {ThreadsEach} {(ThreadsEach == 1 ? "thread" : "threads")} each";
}
