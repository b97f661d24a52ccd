namespace DistGrad.Distributed.Contracts;

/// <summary>What every message says of itself: its run, the epoch of the run's membership, and the step.</summary>
/// <param name="Run">The name of the run.</param>
/// <param name="Epoch">Grows with each change of membership; what belongs to an earlier one is ignored.</param>
/// <param name="Step">How many steps the parameters have taken at which this was computed.</param>
[GenerateSerializer, Immutable, Alias("distgrad.stamp")]
internal readonly record struct Stamp(
    [property: Id(0)] string Run, [property: Id(1)] long Epoch, [property: Id(2)] long Step)
{
    public override string ToString() => $"{Run} epoch {Epoch} step {Step}";
}
