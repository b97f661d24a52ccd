using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Protocol;

/// <summary>What is to be done for a run.</summary>
internal abstract record RunCommand
{
    /// <summary>Store this unless somebody stored a later epoch; then say so.</summary>
    internal sealed record Save(RunRecord Record) : RunCommand;

    /// <summary>Send, and tell whether it arrived.</summary>
    internal sealed record Send(Letter Letter) : RunCommand;

    /// <summary>Tell those who watch of a step; each is told once, in order.</summary>
    internal sealed record Publish(StepRecord Step) : RunCommand;

    /// <summary>Tell those who watch how far a worker has come.</summary>
    internal sealed record Report(WorkerId Worker, ImmutableArray<StepRecord> Steps) : RunCommand;
}
