using System.Net;

namespace DistGrad.Host.Cluster;

/// <summary>Where a silo listens, whom it joins, and how many threads compute on it.</summary>
/// <param name="Port">For the other silos.</param>
/// <param name="Gateway">For clients.</param>
/// <param name="Primary">The silo that keeps the list of members; itself in the first one.</param>
/// <param name="Threads">Threads that compute.</param>
internal sealed record SiloSettings(int Port, int Gateway, IPEndPoint Primary, int Threads)
{
    /// <summary>Each silo its part of the machine's processors.</summary>
    public static int ShareOfThreads(int silos) => Math.Max(1, Environment.ProcessorCount / silos);

    /// <summary>So many silos on free ports of this machine, of which the first is the primary.</summary>
    public static SiloSettings[] Local(int silos, int threads, int? firstGateway = null)
    {
        var ports = Addresses.FreePorts(2 * silos);
        return
        [
            .. Enumerable.Range(0, silos).Select(i => new SiloSettings(
                ports[2 * i],
                i == 0 && firstGateway is { } first ? first : ports[(2 * i) + 1],
                Addresses.Loopback(ports[0]),
                threads)),
        ];
    }
}
