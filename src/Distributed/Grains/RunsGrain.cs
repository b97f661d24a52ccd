using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Grains;

/// <summary>Remembers the names of the latest runs.</summary>
[GrainType("distgrad-runs")]
internal sealed class RunsGrain([PersistentState("runs", Storage.Name)] IPersistentState<RunNames> names)
    : Grain, IRunsGrain
{
    private const int Most = 100;

    public Task Add(string run)
    {
        names.State = new([run, .. names.State.Names.Where(n => n != run).Take(Most - 1)]);
        return names.WriteStateAsync();
    }

    public Task<ImmutableArray<string>> All() => Task.FromResult(names.State.Names);
}

[GenerateSerializer, Immutable, Alias("distgrad.run-names")]
internal sealed record RunNames([property: Id(0)] ImmutableArray<string> Names)
{
    public RunNames() : this([])
    {
    }
}
