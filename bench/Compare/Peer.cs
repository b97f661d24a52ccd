using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace DistGrad.Compare;

/// <summary>
/// The other library, found when the program runs: built on demand, and left out where it cannot be had.
/// </summary>
internal sealed class Peer
{
    private delegate Tuple<Action, Func<float[][]>> Maker(
        string work, IReadOnlyDictionary<string, Tuple<Array, long[]>> data);

    private const string Project = "bench/Compare/Peer/DistGrad.Compare.Peer.csproj";
    private const string Library = "LibTorchSharp";
    private const string Mending =
        "The package's library is linked against a newer libstdc++ (GLIBCXX_3.4.32) than this system has; " +
        "Debian 12's ends at 3.4.30. Run on a system with GCC 13's libstdc++ or newer (Debian 13, Ubuntu 24.04), " +
        "or put such a libstdc++.so.6 into a folder that LD_LIBRARY_PATH names.";

    private readonly Action<int> setThreads;
    private readonly Maker make;
    private readonly Func<double> first;

    private Peer(Type entry)
    {
        setThreads = Method<Action<int>>(entry, "SetThreads");
        make = Method<Maker>(entry, "Make");
        first = Method<Func<double>>(entry, "First");
        Version = Method<Func<string>>(entry, "Version")();
    }

    public string Version { get; }

    public void SetThreads(int threads) => setThreads(threads);

    public Side Make(Row row, Data data)
    {
        var (call, numbers) = make(row.Name, data.Arrays);
        return new(call, numbers, () => { }, () => null);
    }

    public double First() => first();

    /// <summary>No peer, since none was asked for.</summary>
    public static Peer? None(out string reason)
    {
        reason = "--without-peer";
        return null;
    }

    /// <summary>The peer, or nothing and why.</summary>
    public static Peer? Load(bool builds, out string reason)
    {
        reason = "";
        if (Root() is not { } root)
        {
            reason = $"there is no {Project} above {AppContext.BaseDirectory}";
            return null;
        }
        var project = Path.Combine(root, Project);
        var assembly = Path.Combine(
            Path.GetDirectoryName(project)!, "bin", "Release", "net10.0", RuntimeInformation.RuntimeIdentifier,
            "DistGrad.Compare.Peer.dll");
        if (builds && !IsFresh(assembly, project) && Build(project) is { } failure)
            reason = $"its project did not build: {failure}";
        else if (!File.Exists(assembly))
            reason = $"{assembly} is not there; leave --without-peer away to build it";
        else if (Loading(Path.GetDirectoryName(assembly)!) is { } error)
            reason = error;
        return reason.Length > 0 ? null : new(Assembly.LoadFrom(assembly).GetType("DistGrad.Compare.Peers.Entry")!);
    }

    private static T Method<T>(Type entry, string name) where T : Delegate =>
        entry.GetMethod(name)!.CreateDelegate<T>();

    private static string? Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Project)))
                return folder.FullName;
        }
        return null;
    }

    // What was built is left alone until a source is newer: building again would copy the libraries again.
    private static bool IsFresh(string assembly, string project)
    {
        var folder = Path.GetDirectoryName(project)!;
        string[] sources = [.. Directory.GetFiles(folder, "*.cs"), project, Path.Combine(folder, "..", "Works.cs")];
        return File.Exists(assembly) &&
            sources.All(s => File.GetLastWriteTimeUtc(s) <= File.GetLastWriteTimeUtc(assembly));
    }

    private static string? Build(string project)
    {
        Console.Error.WriteLine(
            $"Building {Project}; the first time it fetches some 130 MB of packages (500 MB on disk).");
        using var build = Process.Start(new ProcessStartInfo(
            "dotnet", ["build", "-c", "Release", "-nologo", "-v", "quiet", "-clp:ErrorsOnly", project])
        {
            RedirectStandardOutput = true,
        })!;
        var output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        return build.ExitCode == 0 ? null : output.Trim().Split('\n')[0];
    }

    // Asked before the library's own loader is, which hides what the system said.
    private static string? Loading(string folder)
    {
        var file = Path.Combine(
            folder,
            OperatingSystem.IsWindows() ? $"{Library}.dll"
            : OperatingSystem.IsMacOS() ? $"lib{Library}.dylib" : $"lib{Library}.so");
        try
        {
            NativeLibrary.Load(file);
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            var said = error.Message.Split('\n').FirstOrDefault(l => l.Contains("GLIBCXX", StringComparison.Ordinal));
            return said is null
                ? $"its native library cannot be loaded: {error.Message.Trim()}"
                : $"its native library cannot be loaded: {said.Trim()}\n{Mending}";
        }
    }
}
