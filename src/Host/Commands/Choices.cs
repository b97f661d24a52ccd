using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using DistGrad.Host.Cluster;
using DistGrad.Host.Training;

namespace DistGrad.Host.Commands;

/// <summary>Options that several commands share, each checked before a command starts.</summary>
internal static class Choices
{
    public const int DefaultGateway = 30000;

    public static Option<string> Model() => new Option<string>("--model")
    {
        Description = $"What is trained. {string.Join("; ", Training.Model.All.Select(m => $"{m.Name}: {m.About}"))}.",
        DefaultValueFactory = _ => "mlp",
    }.AcceptOnlyFromAmong([.. Training.Model.All.Select(m => m.Name)]);

    public static Option<string> Optimizer() => new Option<string>("--optimizer")
    {
        Description = "How parameters follow the gradient; momentum is sgd with a momentum of 0.9.",
        DefaultValueFactory = _ => "adam",
    }.AcceptOnlyFromAmong([.. Method.All.Select(m => m.Name)]);

    public static Option<int> Batch() => AtLeastOne(new Option<int>("--batch")
    {
        Description = "Examples a step.",
        HelpName = "n",
        DefaultValueFactory = _ => 256,
    });

    public static Option<int?> Threads() => AtLeastOne(new Option<int?>("--threads")
    {
        Description = "How many threads compute on each silo; the results have the same bits for any number " +
            "[default: its part of the machine's processors].",
        HelpName = "n",
    });

    public static Option<int?> Silos() => AtLeastOne(new Option<int?>("--silos")
    {
        Description =
            $"How many silos there are; the results have the same bits for any number [default: {Site.Default}].",
        HelpName = "n",
    });

    public static Option<int> Shards()
    {
        var option = new Option<int>("--shards")
        {
            Description = "Parts in which each step is computed, a power of two; other shards may give other bits.",
            HelpName = "n",
            DefaultValueFactory = _ => 16,
        };
        option.Validators.Add(result =>
        {
            if (Number(result) is { } n && !BitOperations.IsPow2(n))
                result.AddError($"--shards: found {n}; a power of two is needed");
        });
        return option;
    }

    public static Option<string?> Cluster() => new("--cluster")
    {
        Description = "Where a silo of a running cluster takes clients; several addresses are separated by commas.",
        HelpName = "address",
    };

    public static Option<int> Port(string name, string description, int port)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "port",
            DefaultValueFactory = _ => port,
        };
        option.Validators.Add(result =>
        {
            if (Number(result) is { } n and (< 1 or > 65535))
                result.AddError($"{name}: found {n}; 1 to 65535 are ports");
        });
        return option;
    }

    public static Option<int?> Epochs() => AtLeastOne(new Option<int?>("--epochs")
    {
        Description = $"How often all examples are gone through [default: {PerModel(m => m.Epochs)}].",
        HelpName = "n",
    });

    public static Option<double?> Rate() => new("--lr")
    {
        Description = "The first learning rate, which falls to 0 along half a cosine [default: by model and " +
            $"optimizer; with adam {PerModel(m => m.Rates.Adam)}].",
        HelpName = "rate",
        CustomParser = ReadRate,
    };

    public static Option<long> Seed() => new("--seed")
    {
        Description = "Draws the first parameters and the order of the examples.",
        HelpName = "n",
        DefaultValueFactory = _ => 0,
    };

    // Read here, since the library would go by the culture of the machine.
    private static double? ReadRate(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate)
            && double.IsFinite(rate) && rate > 0)
        {
            return rate;
        }
        result.AddError($"--lr: found '{text}'; a number above 0 is needed");
        return null;
    }

    /// <summary>The whole number that an option was given, if it is one.</summary>
    private static int? Number(OptionResult result) =>
        result.Tokens is [var one] && int.TryParse(one.Value, CultureInfo.InvariantCulture, out var n) ? n : null;

    private static Option<T> AtLeastOne<T>(Option<T> option)
    {
        option.Validators.Add(result =>
        {
            if (Number(result) is { } n and < 1)
                result.AddError($"{option.Name}: found {n}; at least 1 is needed");
        });
        return option;
    }

    private static string PerModel<T>(Func<Model, T> of) => string.Join(
        ", ", Training.Model.All.Select(m => string.Create(CultureInfo.InvariantCulture, $"{of(m)} for {m.Name}")));
}
