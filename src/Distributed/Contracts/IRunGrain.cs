using System.Collections.Immutable;

namespace DistGrad.Distributed.Contracts;

/// <summary>A run, by its name. It decides who takes part; gradients never come here.</summary>
[Alias("distgrad.IRunGrain")]
internal interface IRunGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes the next piece of the training program's bytes, which has to begin where the last one ended.
    /// </summary>
    [Alias("Upload")]
    Task Upload(long from, Block piece);

    /// <summary>
    /// Begins once the program is complete and so many silos are there; repeated, it changes nothing.
    /// </summary>
    [Alias("Start")]
    Task Start(string program, int silos);

    /// <summary>Some of the bytes of the training program; none at its end.</summary>
    [Alias("Program")]
    Task<Block> Program(long from);

    /// <summary>A message of a worker, which has arrived when this returns.</summary>
    [Alias("Receive")]
    Task Receive(Message message);

    /// <summary>What has happened after so many steps; waits a while if nothing has.</summary>
    [Alias("News")]
    Task<RunNews> News(long after);

    /// <summary>Where it stands.</summary>
    [Alias("Status")]
    Task<RunStatus> Status();

    /// <summary>Ends it, unless it has ended.</summary>
    [Alias("Cancel")]
    Task Cancel();

    /// <summary>Once it has ended: the workers may give back what they hold.</summary>
    [Alias("Forget")]
    Task Forget();
}

/// <summary>The runs that a cluster knows of, the latest first; there is one such grain, of key 0.</summary>
[Alias("distgrad.IRunsGrain")]
internal interface IRunsGrain : IGrainWithIntegerKey
{
    [Alias("Add")]
    Task Add(string run);

    [Alias("All")]
    Task<ImmutableArray<string>> All();
}

/// <summary>What a member of a run does.</summary>
/// <param name="Worker">Which it is.</param>
/// <param name="Shards">How many shards it computes.</param>
/// <param name="Step">How many steps it is known to have taken.</param>
/// <param name="Busy">Which share of the last second or so it computed.</param>
/// <param name="Spent">What all of its steps have cost together.</param>
[GenerateSerializer, Immutable, Alias("distgrad.member-news")]
internal sealed record MemberNews(
    [property: Id(0)] WorkerId Worker,
    [property: Id(1)] int Shards,
    [property: Id(2)] long Step,
    [property: Id(3)] double Busy,
    [property: Id(4)] Spent Spent);

/// <summary>What is new of a run.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.run-news")]
internal sealed record RunNews(
    [property: Id(0)] RunRecord Record,
    [property: Id(1)] ImmutableArray<StepRecord> Steps,
    [property: Id(2)] ImmutableArray<MemberNews> Members);

/// <summary>Where a run stands.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.run-status")]
internal sealed record RunStatus(
    [property: Id(0)] string Run,
    [property: Id(1)] RunRecord Record,
    [property: Id(2)] long Step,
    [property: Id(3)] long Steps,
    [property: Id(4)] double Loss);
