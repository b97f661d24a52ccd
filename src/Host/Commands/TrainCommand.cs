using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DistGrad.Host.Data;
using DistGrad.Host.Training;

namespace DistGrad.Host.Commands;

/// <summary>
/// <c>distgrad train</c>: trains a model, evaluates it on what was held out, and prints the digest of its
/// parameters.
/// </summary>
internal static class TrainCommand
{
    /// <summary>Sizes of the embedded data.</summary>
    private const int Train = 12_000, Test = 2_000;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static Command Create()
    {
        var (model, optimizer, rate) = (Choices.Model(), Choices.Optimizer(), Choices.Rate());
        var (batch, epochs, seed, threads) = (Choices.Batch(), Choices.Epochs(), Choices.Seed(), Choices.Threads());
        var (data, json) = (Data(), AsJson());
        var command = new Command("train", "Train a model and evaluate it on held-out data. Ends with the digest of " +
            "the parameters (SHA-256 of their canonical bytes): the same on every machine and any number of threads.")
        {
            model, data, batch, epochs, optimizer, rate, seed, threads, json,
        };
        command.SetAction((parsed, stop) =>
        {
            var kind = Model.All.Single(m => m.Name == parsed.GetValue(model));
            var method = Method.All.Single(m => m.Name == parsed.GetValue(optimizer));
            var recipe = new Recipe(
                kind, method, parsed.GetValue(rate) ?? method.Rate(kind.Rates), parsed.GetValue(batch),
                parsed.GetValue(epochs) ?? kind.Epochs, parsed.GetValue(seed));
            var request = new Request(parsed.GetRequiredValue(data), parsed.GetValue(threads), parsed.GetValue(json));
            var view = ProgressView.On(parsed.InvocationConfiguration.Output);
            // Away from this thread, so that Ctrl-C finds the command started and can wait for its end.
            return Task.Run(() => Run(request, recipe, view, stop), CancellationToken.None);
        });
        return command;
    }

    private static Option<string> Data() => new("--data")
    {
        Description = $"What to learn from. digits: {Train} embedded 28x28 digits as if written by hand, and {Test} " +
            "held out. Otherwise a folder with MNIST's IDX files, plain or .gz: train-* and t10k-*, or t10k-* alone, " +
            "of which four fifths train.",
        HelpName = "digits|folder",
        DefaultValueFactory = _ => "digits",
    };

    private static Option<bool> AsJson() => new("--json")
    {
        Description = "End with one line of JSON: testAccuracy (0 to 1), finalLoss, steps, seconds, digest.",
    };

    private static void Run(Request request, Recipe recipe, ProgressView view, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var data = request.Data == "digits" ? Digits.Embedded(Train, Test) : Idx.ReadFolder(request.Data);
        view.Line($"{data.Name}: {data.Train.Count} examples to train, {data.Test.Count} held out, " +
            $"ready after {Seconds(clock)} s");
        view.Line($"{recipe.Model.Name}, {recipe.Method.Name}, rate {Text(recipe.Rate)}, batch {recipe.Batch}, " +
            $"{recipe.Epochs} epochs, seed {recipe.Seed}, {request.Threads} threads");
        var last = default(Progress);
        var trained = view.Follow(report => new LocalTrainer(request.Threads).Train(
            recipe, new(data.Train, recipe.Seed), progress => report(last = progress), stop));
        var accuracy = Evaluation.Accuracy(trained, data.Test, request.Threads);
        var digest = Evaluation.Digest(trained).ToString();
        view.Line($"{last!.Step} steps, {Seconds(clock)} s");
        view.Line($"test accuracy {Text(Math.Round(100 * accuracy, 2))} %");
        view.Line($"digest {digest}");
        if (request.IsJson)
            view.Line(JsonSerializer.Serialize(
                new Summary(accuracy, last.Loss, last.Step, Math.Round(clock.Elapsed.TotalSeconds, 3), digest), Json));
    }

    private static string Seconds(Stopwatch clock) =>
        clock.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the parameters do not depend on, besides the data's name.</summary>
    private sealed record Request(string Data, int Threads, bool IsJson);

    /// <summary>What a script wants to know of a run: the names are those of the JSON.</summary>
    private sealed record Summary(double TestAccuracy, double FinalLoss, int Steps, double Seconds, string Digest);
}
