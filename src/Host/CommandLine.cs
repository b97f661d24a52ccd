using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using DistGrad.Host.Commands;

namespace DistGrad.Host;

/// <summary>The <c>distgrad</c> command: what it is asked, what it answers, and with which exit code.</summary>
internal static class CommandLine
{
    /// <summary>The user's mistake.</summary>
    public const int Mistake = 1;

    /// <summary>Stopped by Ctrl-C: 128 and the number of the signal.</summary>
    public const int Stopped = 130;

    /// <summary>
    /// Runs a command: 0 when all went well, <see cref="Mistake"/> or <see cref="Stopped"/> otherwise.
    /// </summary>
    public static async Task<int> Run(string[] arguments, TextWriter output, TextWriter error)
    {
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(10),
        };
        try
        {
            var parsed = Root().Parse(arguments);
            if (parsed.Action is ParseErrorAction)
                throw new UserException($"{Complaint(parsed)} (see {Names(parsed.CommandResult)} --help)");
            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("stopped").ConfigureAwait(false);
            return Stopped;
        }
        catch (Exception e) when (e is UserException or DistGradException or OrleansException or TimeoutException)
        {
            var words = e.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            await error.WriteLineAsync(string.Join(' ', words)).ConfigureAwait(false);
            return Mistake;
        }
    }

    /// <summary>
    /// What is wrong. Where a command was to be named, the library says so but not what it found there.
    /// </summary>
    private static string Complaint(ParseResult parsed)
    {
        var commands = parsed.CommandResult.Command.Subcommands.Select(c => c.Name).ToArray();
        return commands.Length > 0 && parsed.UnmatchedTokens is [var word, ..]
            ? $"'{word}' is no command of {Names(parsed.CommandResult)}; there are {string.Join(", ", commands)}"
            : parsed.Errors[0].Message;
    }

    /// <summary>The command as one types it: <c>distgrad demo tutorial</c>.</summary>
    private static string Names(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Names(parent)} {command.Command.Name}" : command.Command.Name;

    // The root command of the library is named after the file, which cannot be that of the command.
    private static Command Root() => new("distgrad", "Differentiates and trains pure functions of tensors.")
    {
        new HelpOption(),
        new VersionOption(),
        TrainCommand.Create(),
        SiloCommand.Create(),
        ClusterCommand.Create(),
        StatusCommand.Create(),
        BenchCommand.Create(),
        DemoCommand.Create(),
        ExplainCommand.Create(),
    };
}
