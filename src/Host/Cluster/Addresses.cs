using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DistGrad.Host.Cluster;

/// <summary>Where silos listen, written as <c>127.0.0.1:30000</c>.</summary>
internal static class Addresses
{
    /// <summary>The addresses in a list separated by commas.</summary>
    /// <exception cref="UserException">One of them is none.</exception>
    public static IPEndPoint[] Parse(string option, string text) =>
    [
        .. text.Split(',').Select(part => IPEndPoint.TryParse(part.Trim(), out var address) && address.Port > 0
            ? address
            : throw new UserException(
                $"{option}: found '{part}'; an address and a port are needed, such as 127.0.0.1:30000")),
    ];

    public static IPEndPoint Loopback(int port) => new(IPAddress.Loopback, port);

    /// <summary>Ports of this machine that nobody listens on at the moment.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = new TcpListener[count];
        for (var i = 0; i < count; i++)
        {
            listeners[i] = new(IPAddress.Loopback, 0);
            listeners[i].Start();
        }
        var ports = Array.ConvertAll(listeners, l => ((IPEndPoint)l.LocalEndpoint).Port);
        Array.ForEach(listeners, l => l.Dispose());
        return ports;
    }

    /// <exception cref="UserException">Somebody listens on it already.</exception>
    public static void RequireFree(IPEndPoint address)
    {
        using var listener = new TcpListener(address);
        try
        {
            listener.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new UserException($"{address} is in use by another program; name another port");
        }
        catch (SocketException e)
        {
            throw new UserException(
                string.Create(CultureInfo.InvariantCulture, $"{address} cannot be listened on: {e.Message}"));
        }
    }
}
