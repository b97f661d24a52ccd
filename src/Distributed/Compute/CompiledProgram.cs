using System.Collections.Immutable;
using DistGrad.Distributed.Plans;
using DistGrad.Execute;

namespace DistGrad.Distributed.Compute;

/// <summary>A training program made ready to run. Any number of runs may use it at a time.</summary>
internal sealed class CompiledProgram(TrainingProgram program)
{
    public TrainingProgram Program => program;

    public Machine Start { get; } = Machine.Of(program.Start);

    public ImmutableSortedDictionary<int, Machine> Gradients { get; } =
        program.Gradients.ToImmutableSortedDictionary(g => g.Key, g => Machine.Of(g.Value));

    public Machine Update { get; } = Machine.Of(program.Update);
}

/// <summary>The programs that a silo has compiled lately, by the hash of their bytes.</summary>
internal sealed class ProgramCache
{
    private const int Most = 8;

    private readonly Lock changing = new();
    private readonly LinkedList<(string Hash, CompiledProgram Program)> latest = [];

    /// <summary>The program of this hash, if it is here.</summary>
    public CompiledProgram? Find(string hash)
    {
        lock (changing)
        {
            for (var node = latest.First; node is not null; node = node.Next)
            {
                if (node.Value.Hash != hash)
                    continue;
                latest.Remove(node);
                latest.AddFirst(node);
                return node.Value.Program;
            }
            return null;
        }
    }

    /// <summary>
    /// Keeps a program, and forgets the one that was not asked for the longest if there are too many.
    /// </summary>
    /// <exception cref="TrainingException">The bytes are those of another program.</exception>
    public CompiledProgram Add(string hash, ReadOnlySpan<byte> bytes)
    {
        var program = TrainingProgram.FromWire(bytes);
        if ($"{program.Hash()}" != hash)
            throw new TrainingException($"The program of the run is {program.Hash()}; {hash} was announced");
        var compiled = new CompiledProgram(program);
        lock (changing)
        {
            latest.AddFirst((hash, compiled));
            if (latest.Count > Most)
                latest.RemoveLast();
        }
        return compiled;
    }
}
