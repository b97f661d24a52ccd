using System.CommandLine;
using DistGrad.Host.Demos;

namespace DistGrad.Host.Commands;

/// <summary><c>distgrad demo</c>: small programs whose whole output is worth reading.</summary>
internal static class DemoCommand
{
    public static Command Create() => new("demo", "Small programs to read.")
    {
        Demo("tutorial", "The classic first example: learn w of y = x w, one sample at a time.", Tutorial.Run),
        Demo("broadcasting", "Which shapes go together, and what the errors of the others say.", BroadcastingTour.Run),
    };

    private static Command Demo(string name, string about, Action<TextWriter> run)
    {
        var command = new Command(name, about);
        command.SetAction(parsed => run(parsed.InvocationConfiguration.Output));
        return command;
    }
}
