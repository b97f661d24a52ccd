using System.Diagnostics;

namespace DistGrad.Host.Commands;

/// <summary>How many examples a second were gone through between two readings.</summary>
internal sealed class Speed
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan read;
    private long counted;

    /// <summary>Examples a second at the last reading.</summary>
    public double PerSecond { get; private set; }

    /// <summary>Reads the clock, if the last reading was long enough ago.</summary>
    public bool Read(long examples, TimeSpan least)
    {
        var now = clock.Elapsed;
        if (now - read < least || now == read)
            return false;
        PerSecond = (examples - counted) / (now - read).TotalSeconds;
        (read, counted) = (now, examples);
        return true;
    }
}
