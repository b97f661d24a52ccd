using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using DistGrad.GradBench.Evals;

namespace DistGrad.GradBench.Protocol;

/// <summary>
/// A conversation with an eval: it asks, a JSON object a line, and each line is answered by one, at once. Nothing else
/// is written to the output.
/// </summary>
internal sealed class Session(Stream input, Stream output, TextWriter log, int threads)
{
    /// <summary>How long the functions of a module are run before the first that counts.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.25);

    /// <summary>Answers until the input ends.</summary>
    public void Run()
    {
        var lines = new Lines(input);
        var answer = new ArrayBufferWriter<byte>();
        while (lines.Next() is { } line)
        {
            answer.ResetWrittenCount();
            Answer(line, answer);
            answer.Write("\n"u8);
            output.Write(answer.WrittenSpan);
            output.Flush();
        }
    }

    private void Answer(ReadOnlyMemory<byte> line, ArrayBufferWriter<byte> answer)
    {
        JsonElement? id = null;
        try
        {
            using var message = JsonDocument.Parse(line);
            id = message.RootElement.Field("id").Clone();
            Write(answer, id, writer => Answer(message.RootElement, writer));
        }
        // Whatever it is, the eval goes on with its next workload.
        catch (Exception error)
        {
            log.WriteLine(error is MessageException or JsonException ? error.Message : error.ToString());
            answer.ResetWrittenCount();
            Write(answer, id, writer =>
            {
                writer.WriteBoolean("success", false);
                writer.WriteString("error", error.Message);
            });
        }
    }

    /// <summary>An object that begins with the id; null stands for that of a message which has none.</summary>
    private static void Write(ArrayBufferWriter<byte> answer, JsonElement? id, Action<Utf8JsonWriter> members)
    {
        using var writer = new Utf8JsonWriter(answer);
        writer.WriteStartObject();
        writer.WritePropertyName("id");
        if (id is { } known)
            known.WriteTo(writer);
        else
            writer.WriteNullValue();
        members(writer);
        writer.WriteEndObject();
    }

    private void Answer(JsonElement message, Utf8JsonWriter writer)
    {
        switch (message.Field("kind").Text())
        {
            case "start":
                writer.WriteString("tool", "distgrad");
                break;
            case "define":
                Define(EvalTable.Find(message.Field("module").Text()));
                writer.WriteBoolean("success", true);
                break;
            case "evaluate":
                Evaluate(message, writer);
                break;
        }
    }

    private void Define(Eval eval)
    {
        foreach (var function in eval.Functions)
        {
            var work = eval.Example(function, threads);
            var start = Stopwatch.GetTimestamp();
            do
                work.Run();
            while (Stopwatch.GetElapsedTime(start) < WarmUp / eval.Functions.Count);
        }
    }

    private void Evaluate(JsonElement message, Utf8JsonWriter writer)
    {
        var input = message.Field("input");
        var start = Stopwatch.GetTimestamp();
        var work = EvalTable.Find(message.Field("module").Text())
            .Prepare(message.Field("function").Text(), input, threads);
        var prepared = Stopwatch.GetElapsedTime(start);
        var runs = Timed(
            work, input.Found("min_runs")?.Integer() ?? 1, input.Found("min_seconds")?.Number() ?? 0);
        writer.WriteBoolean("success", true);
        writer.WritePropertyName("output");
        work.Write(writer);
        writer.WriteStartArray("timings");
        Write(writer, "prepare", prepared);
        foreach (var run in runs)
            Write(writer, "evaluate", run);
        writer.WriteEndArray();
    }

    private static List<TimeSpan> Timed(Work work, int runs, double seconds)
    {
        var (times, total) = (new List<TimeSpan>(), TimeSpan.Zero);
        while (times.Count < Math.Max(runs, 1) || total.TotalSeconds < seconds)
        {
            var start = Stopwatch.GetTimestamp();
            work.Run();
            times.Add(Stopwatch.GetElapsedTime(start));
            total += times[^1];
        }
        return times;
    }

    private static void Write(Utf8JsonWriter writer, string name, TimeSpan time)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteNumber("nanoseconds", (long)(time.Ticks * (1_000_000_000.0 / TimeSpan.TicksPerSecond)));
        writer.WriteEndObject();
    }
}
