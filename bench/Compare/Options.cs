namespace DistGrad.Compare;

/// <summary>What the command line asks for.</summary>
internal sealed record Options(
    int[] Threads, string? Filter, string? Json, string? Svg, bool HasPeer, bool HasInstructions)
{
    public const string Usage =
        "usage: dotnet run -c Release --project bench/Compare -- [--threads N] [--filter TEXT] [--json FILE] " +
        "[--svg FILE] [--without-peer] [--instructions]";

    public bool Wants(string name) => Filter is null || name.Contains(Filter, StringComparison.OrdinalIgnoreCase);

    /// <summary>The options, or nothing where they make no sense.</summary>
    public static Options? Read(string[] args)
    {
        var options = new Options([1, 2], null, null, null, HasPeer: true, HasInstructions: false);
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--without-peer")
            {
                options = options with { HasPeer = false };
                continue;
            }
            if (args[i] == "--instructions")
            {
                options = options with { HasInstructions = true };
                continue;
            }
            if (i + 1 == args.Length)
                return null;
            var given = args[++i];
            switch (args[i - 1])
            {
                case "--threads" when int.TryParse(given, out var threads) && threads > 0:
                    options = options with { Threads = [threads] };
                    break;
                case "--filter":
                    options = options with { Filter = given };
                    break;
                case "--json":
                    options = options with { Json = given };
                    break;
                case "--svg":
                    options = options with { Svg = given };
                    break;
                default:
                    return null;
            }
        }
        return options;
    }
}
