using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DistGrad.Distributed;
using DistGrad.Host.Cluster;
using DistGrad.Host.Data;
using DistGrad.Host.Training;
using DistGrad.Learn;

namespace DistGrad.Host.Commands;

/// <summary>
/// <c>distgrad train</c>: trains a model on a cluster, evaluates it on what was held out, and prints the digest of its
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
        var (silos, shards, inProcess, cluster) = (Choices.Silos(), Choices.Shards(), InProcess(), Choices.Cluster());
        var (data, json) = (Data(), AsJson());
        var command = new Command(
            "train",
            "Start a cluster of silo processes on this machine, train a model on it, and evaluate it on held-out " +
            "data. Ends with the digest of the parameters (SHA-256 of their canonical bytes): the same on any number " +
            "of silos and threads.")
        {
            model, data, batch, epochs, optimizer, rate, seed, silos, shards, inProcess, cluster, threads, json,
        };
        command.SetAction((parsed, stop) =>
        {
            var kind = Model.All.Single(m => m.Name == parsed.GetValue(model));
            var method = Method.All.Single(m => m.Name == parsed.GetValue(optimizer));
            var recipe = new Recipe(
                kind, method, parsed.GetValue(rate) ?? method.Rate(kind.Rates), parsed.GetValue(batch),
                parsed.GetValue(epochs) ?? kind.Epochs, parsed.GetValue(seed), parsed.GetValue(shards));
            var site = new Site(
                parsed.GetValue(silos), parsed.GetValue(inProcess), parsed.GetValue(cluster), parsed.GetValue(threads));
            site.Check(recipe.Shards);
            var view = ProgressView.On(parsed.InvocationConfiguration.Output);
            // Away from this thread, so that Ctrl-C finds the command started and can wait for its end.
            return Task.Run(
                () => Run(parsed.GetRequiredValue(data), recipe, site, parsed.GetValue(json), view, stop),
                CancellationToken.None);
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

    private static Option<bool> InProcess() => new("--in-process")
    {
        Description = "Keep all silos in this process.",
    };

    private static Option<bool> AsJson() => new("--json")
    {
        Description =
            "End with one line of JSON: testAccuracy (0 to 1), finalLoss, steps, seconds, digest, silos, shards.",
    };

    private static async Task Run(
        string named, Recipe recipe, Site site, bool isJson, ProgressView view, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var (data, test) = Open(named);
        view.Line($"{named}: {data.Descriptor.Count} examples to train, {test.Count} held out");
        view.Line($"{recipe.Model.Name}, {recipe.Method.Name}, rate {Text(recipe.Rate)}, batch {recipe.Batch}, " +
            $"{recipe.Epochs} epochs, seed {recipe.Seed}, {recipe.Shards} shards");
        var cluster = await site.Open(stop).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            view.Line($"{site.Describe(cluster)}, ready after {Seconds(clock)} s");
            var plan = recipe.Plan(data);
            var (last, trained) = await view.Follow(report => Follow(plan, cluster, report, stop))
                .ConfigureAwait(false);
            var accuracy = Evaluation.Accuracy(trained.Model, test, Environment.ProcessorCount);
            view.Line($"{last.Step} steps, {Seconds(clock)} s");
            view.Line($"test accuracy {Text(Math.Round(100 * accuracy, 2))} %");
            view.Line($"digest {trained.Digest}");
            if (isJson)
                view.Line(JsonSerializer.Serialize(
                    new Summary(
                        accuracy,
                        last.Loss,
                        last.Step,
                        Math.Round(clock.Elapsed.TotalSeconds, 3),
                        $"{trained.Digest}",
                        last.Silos.Count,
                        recipe.Shards),
                    Json));
        }
    }

    private static async Task<(TrainingProgress Last, TrainedModel<Mlp> Trained)> Follow(
        TrainingPlan<Mlp> plan, ICluster cluster, Action<TrainingProgress> report, CancellationToken stop)
    {
        var run = await cluster.Grains.TrainAsync(plan, cluster.Silos, stop).ConfigureAwait(false);
        TrainingProgress? last = null;
        await foreach (var progress in run.Progress(stop).ConfigureAwait(false))
            report(last = progress);
        return (last!, await run.Completion.ConfigureAwait(false));
    }

    private static (DataSet<Batch> Data, Examples Test) Open(string named)
    {
        if (named == DigitsSource.Known)
            return (DigitsSource.Of(Train), Digits.ToTest().Draw(0, Test));
        var (train, test) = Idx.OpenFolder(named);
        return (IdxSource.Of(named, train.Count), test.Load());
    }

    private static string Seconds(Stopwatch clock) =>
        clock.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a script wants to know of a run: the names are those of the JSON.</summary>
    private sealed record Summary(
        double TestAccuracy, double FinalLoss, long Steps, double Seconds, string Digest, int Silos, int Shards);
}
