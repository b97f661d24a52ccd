using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DistGrad.Distributed;
using DistGrad.Host.Cluster;
using Xunit;

namespace DistGrad.Cluster.Tests;

/// <summary>
/// Silos in processes of their own: they compute the same bits, know no user's code, and leave nothing behind.
/// </summary>
public class ProcessLaws
{
    private static readonly string[] Short =
        ["train", "--model", "logistic", "--epochs", "1", "--batch", "1000", "--json"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OneSiloProcessAndThreeComputeTheSameBits()
    {
        var one = await Trained([.. Short, "--silos", "1", "--threads", "2"]);
        var three = await Trained([.. Short, "--silos", "3"]);
        Assert.Equal(one.GetProperty("digest").GetString(), three.GetProperty("digest").GetString());
        Assert.Equal((1, 3), (one.GetProperty("silos").GetInt32(), three.GetProperty("silos").GetInt32()));
        Assert.Equal(
            ["testAccuracy", "finalLoss", "steps", "seconds", "digest", "silos", "shards"],
            three.EnumerateObject().Select(p => p.Name));
        Assert.InRange(three.GetProperty("testAccuracy").GetDouble(), 0, 1);
        Assert.True(double.IsFinite(three.GetProperty("finalLoss").GetDouble()));
        Assert.Equal((12, 16), (three.GetProperty("steps").GetInt32(), three.GetProperty("shards").GetInt32()));
        Assert.Matches("^[0-9a-f]{64}$", three.GetProperty("digest").GetString());
    }

    [Fact]
    public async Task AModelThatOnlyTheClientKnowsIsTrained()
    {
        await using var cluster = await ProcessCluster.Start(SiloSettings.Local(2, threads: 1), Stop);
        var plan = Lines.Plan();
        var run = await cluster.Grains.TrainAsync(plan, 2, Stop);
        Assert.Equal(plan.TrainHere(stop: Stop).Digest, (await run.Completion).Digest);
        if (!OperatingSystem.IsLinux())
            return;
        // The silos have not loaded the assembly that the model is in.
        foreach (var silo in cluster.Processes)
        {
            var loaded = await File.ReadAllTextAsync($"/proc/{silo}/maps", Stop);
            Assert.Contains("DistGrad.Distributed.dll", loaded, StringComparison.Ordinal);
            Assert.DoesNotContain(Path.GetFileName(typeof(Line).Assembly.Location), loaded, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnInterruptedRunLeavesNoProcessBehind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are found in /proc");
        using var tool = Tool.Start("train", "--epochs", "100000", "--model", "linear", "--silos", "2");
        await tool.Line("step ");
        var silos = tool.Children();
        Assert.Equal(2, silos.Length);
        tool.Terminate();
        var answer = await tool.End();
        Assert.Equal((130, "stopped"), (answer.Code, answer.Error.Trim()));
        await Tool.AreGone(silos);
    }

    [Fact]
    public async Task SilosEndWithTheProcessThatStartedThem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are found in /proc");
        using var tool = Tool.Start("cluster", "--silos", "2", "--gateway", $"{Addresses.FreePorts(1)[0]}");
        await tool.Line("Ctrl-C ends it");
        var silos = tool.Children();
        Assert.Equal(2, silos.Length);
        tool.Kill();
        await Tool.AreGone(silos);
    }

    [Fact]
    public async Task ASiloThatHasNobodyToJoinEndsWithItsParentToo()
    {
        var ports = Addresses.FreePorts(3);
        using var silo = Tool.Start(
            "silo", "--child", "--port", $"{ports[0]}", "--gateway", $"{ports[1]}",
            "--primary", $"127.0.0.1:{ports[2]}");
        silo.CloseInput();
        Assert.Equal(0, (await silo.End()).Code);
    }

    [Fact]
    public async Task AClusterThatIsKeptUpTrainsAndTellsItsStatus()
    {
        var gateway = $"127.0.0.1:{Addresses.FreePorts(1)[0]}";
        using var cluster = Tool.Start("cluster", "--silos", "2", "--gateway", gateway.Split(':')[1]);
        await cluster.Line("Ctrl-C ends it");
        var trained = await Trained([.. Short, "--cluster", gateway]);
        Assert.Equal(2, trained.GetProperty("silos").GetInt32());
        var status = await Tool.Ask("status", "--cluster", gateway);
        Assert.Equal((0, ""), (status.Code, status.Error));
        Assert.Contains("2 silos", status.Output, StringComparison.Ordinal);
        Assert.Contains("completed epoch 1 step 12/12", status.Output, StringComparison.Ordinal);
        cluster.Terminate();
        Assert.Equal(0, (await cluster.End()).Code);
    }

    [Fact]
    public async Task WhatIsWrongIsSaidInOneLine()
    {
        (await Tool.Ask("train", "--data", "/no/such/folder")).IsOneLineOfError("/no/such/folder is no folder");
        (await Tool.Ask("train", "--cluster", $"127.0.0.1:{Addresses.FreePorts(1)[0]}"))
            .IsOneLineOfError("No cluster answers at 127.0.0.1");
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";
        (await Tool.Ask("silo", "--port", port)).IsOneLineOfError($"127.0.0.1:{port} is in use by another program");
        (await Tool.Ask("cluster", "--gateway", port))
            .IsOneLineOfError($"127.0.0.1:{port} is in use by another program");
    }

    private static async Task<JsonElement> Trained(string[] arguments)
    {
        var answer = await Tool.Ask(arguments);
        Assert.Equal((0, ""), (answer.Code, answer.Error));
        return JsonDocument.Parse(answer.Output.TrimEnd().Split('\n')[^1]).RootElement;
    }
}
