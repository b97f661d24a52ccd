namespace DistGrad.Distributed.Contracts;

/// <summary>A worker of a run, called after the silo that it lives on, in one start of that silo.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.worker-id")]
internal readonly record struct WorkerId([property: Id(0)] string Silo)
{
    public override string ToString() => Silo;
}
