using System.Collections.Immutable;
using DistGrad.Wire;

namespace DistGrad.Distributed.Plans;

/// <summary>The canonical bytes of a training program, in the pieces of docs/wire.md.</summary>
internal static class TrainingProgramWire
{
    public static Document<TrainingProgram> Document { get; } = new("DGRT", Write, Read);

    private static void Write(WireWriter writer, TrainingProgram program)
    {
        writer.Text(program.Data.Source);
        writer.Text(program.Data.Options);
        writer.Int64(program.Data.Count);
        writer.Values(program.Data.Arrays);
        writer.Int32(program.Batch);
        writer.Int32(program.Epochs);
        writer.Int64(program.Seed);
        writer.Int32(program.Shards);
        writer.Int32(program.Parameters);
        writer.Count(program.Metrics.Length);
        foreach (var metric in program.Metrics)
            writer.Text(metric);
        writer.Program(program.Start);
        writer.Count(program.Gradients.Count);
        foreach (var (count, gradient) in program.Gradients)
        {
            writer.Int32(count);
            writer.Program(gradient);
        }
        writer.Program(program.Update);
    }

    private static TrainingProgram Read(ref WireReader reader) => new(
        new(reader.Text(), reader.Text(), reader.Int64()) { Arrays = [.. reader.Values()] },
        reader.Int32(),
        reader.Int32(),
        reader.Int64(),
        reader.Int32(),
        reader.Int32(),
        Metrics(ref reader),
        reader.Program(),
        Gradients(ref reader),
        reader.Program());

    private static ImmutableArray<string> Metrics(ref WireReader reader)
    {
        var metrics = new string[reader.Count(minimum: 1, "the number of metrics")];
        for (var i = 0; i < metrics.Length; i++)
            metrics[i] = reader.Text();
        return [.. metrics];
    }

    private static ImmutableSortedDictionary<int, Lambda> Gradients(ref WireReader reader)
    {
        var gradients = ImmutableSortedDictionary.CreateBuilder<int, Lambda>();
        for (var left = reader.Count(minimum: 7, "the number of gradients"); left > 0; left--)
        {
            var count = reader.Int32();
            gradients[count] = reader.Program();
        }
        return gradients.ToImmutable();
    }
}
