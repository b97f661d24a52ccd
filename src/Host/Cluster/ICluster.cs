namespace DistGrad.Host.Cluster;

/// <summary>A cluster to train on. What was started for it ends with it.</summary>
internal interface ICluster : IAsyncDisposable
{
    /// <summary>How many silos it is known to have, at least.</summary>
    int Silos { get; }

    /// <summary>The way to its grains.</summary>
    IGrainFactory Grains { get; }
}
