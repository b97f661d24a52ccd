namespace DistGrad.Distributed.Grains;

/// <summary>How long the shells wait for what.</summary>
internal static class Clock
{
    /// <summary>How often what was lost is sent again.</summary>
    public static TimeSpan Tick { get; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long one who asks for news is kept waiting: well below the time after which a call counts as lost.
    /// </summary>
    public static TimeSpan News { get; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a run waits for the silos that it was promised.</summary>
    public static TimeSpan Silos { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one who ends a run waits until the workers have heard of it.</summary>
    public static TimeSpan Farewell { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Over how much time a worker's share of computing is told.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromSeconds(1);
}
