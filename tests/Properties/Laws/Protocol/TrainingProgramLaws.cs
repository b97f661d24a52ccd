using DistGrad.Distributed.Plans;
using DistGrad.Simulation;
using Xunit;

namespace DistGrad.Properties.Laws.Protocol;

/// <summary>A training program has one encoding, and what silos are sent is either that or refused.</summary>
public class TrainingProgramLaws
{
    private static readonly TrainingProgram Program =
        new Problem(Model.Line, DType.Float32, Shards: 4, Examples: 5, Batch: 3, Epochs: 2).Truth.Program;

    public static TheoryData<int> Problems => [.. Enumerable.Range(0, 12)];

    [Theory, MemberData(nameof(Problems))]
    public void EveryProgramIsReadAsItWasWritten(int number)
    {
        var program = Problem.Of(number).Truth.Program;
        var bytes = program.ToWire();
        var again = TrainingProgram.FromWire(bytes);
        Assert.Equal(bytes, again.ToWire());
        Assert.Equal(program.Hash(), again.Hash());
        Assert.Equal(program.Data with { Arrays = [] }, again.Data with { Arrays = [] });
        Assert.Equal(program.Data.Arrays, again.Data.Arrays);
        Assert.Equal(program.Sampling, again.Sampling);
        Assert.Equal(program.Gradients.Keys, again.Gradients.Keys);
    }

    [Fact]
    public void DifferentProblemsHaveDifferentHashes()
    {
        TrainingProgram[] programs =
        [
            Program, Program with { Seed = Program.Seed + 1 }, Program with { Epochs = 3 },
            Program with { Metrics = ["other"] },
            Program with { Data = Program.Data with { Options = "x" } },
            Program with { Data = Program.Data with { Source = "x" } },
            new Problem(Model.Line, DType.Float64, 4, 5, 3, 2).Truth.Program,
            new Problem(Model.Line, DType.Float32, 8, 5, 3, 2).Truth.Program,
        ];
        Assert.Equal(programs.Length, programs.Select(p => p.Hash()).Distinct().Count());
    }

    [Fact]
    public void EveryTruncationIsRefused()
    {
        var bytes = Program.ToWire();
        for (var length = 0; length < bytes.Length; length++)
            Assert.True(Read(bytes[..length]) is null, $"{length} of {bytes.Length} bytes were read");
        Assert.Null(Read([.. bytes, 0]));
    }

    [Fact]
    public void EveryFlippedByteIsRefusedOrSaysWhatItSays()
    {
        var bytes = Program.ToWire();
        var refused = 0;
        for (var place = 0; place < bytes.Length; place++)
        {
            foreach (var mask in new byte[] { 1, 0x40, 0x80, 0xFF })
            {
                byte[] flipped = [.. bytes];
                flipped[place] ^= mask;
                if (Read(flipped) is { } read)
                    Assert.Equal(flipped, read.ToWire());
                else
                    refused++;
            }
        }
        Assert.InRange(refused, bytes.Length, 4 * bytes.Length);
    }

    [Fact]
    public void PartsThatDoNotFitAreRefused()
    {
        var other = new Problem(Model.Layers, DType.Float32, 4, 5, 3, 2).Truth.Program;
        var first = Program.Gradients.First();
        TrainingProgram[] wrong =
        [
            Program with { Batch = 0 }, Program with { Epochs = 0 }, Program with { Epochs = -1 },
            Program with { Shards = 3 },
            Program with { Shards = 0 }, Program with { Shards = 2 },
            Program with { Shards = 2 * TrainingProgram.MostShards },
            Program with { Batch = 5 }, Program with { Parameters = 0 }, Program with { Parameters = 99 },
            Program with { Parameters = 1 },
            Program with { Metrics = [] }, Program with { Metrics = ["loss", "more"] },
            Program with { Start = other.Start },
            Program with { Start = Program.Update }, Program with { Update = other.Update },
            Program with { Update = first.Value },
            Program with { Gradients = other.Gradients },
            Program with { Gradients = Program.Gradients.Remove(first.Key) },
            Program with { Gradients = Program.Gradients.Add(77, first.Value) },
            Program with { Data = Program.Data with { Count = 0 } },
            Program with { Data = Program.Data with { Count = -5 } },
            Program with { Data = Program.Data with { Count = long.MaxValue }, Batch = 1 },
        ];
        Assert.Equal([], wrong.Select((program, i) => (Read(program.ToWire()), i)).Where(p => p.Item1 is not null)
            .Select(p => p.i));
    }

    private static TrainingProgram? Read(byte[] bytes)
    {
        try
        {
            return TrainingProgram.FromWire(bytes);
        }
        catch (WireException)
        {
            return null;
        }
    }
}
