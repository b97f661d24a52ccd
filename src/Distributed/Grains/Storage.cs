namespace DistGrad.Distributed.Grains;

/// <summary>Where runs are kept.</summary>
internal static class Storage
{
    /// <summary>The name of the grain storage; a silo that configures one of this name decides where that is.</summary>
    public const string Name = "distgrad";
}
