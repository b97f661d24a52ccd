// A network learns on a silo of this program's own. The plan names no silo: on one or on many, and without any, the
// parameters have the same bits.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DistGrad;
using DistGrad.Distributed;
using DistGrad.Learn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// A silo is any host with Orleans; AddDistGrad makes it one that trains. More silos join it, or are configured as one
// does it in production.
var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders();
builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), FreePort()));
builder.Services.AddDistGrad(o => o.Threads = 2).AddSingleton<IDataSource, Sunflower>();
using var host = builder.Build();
await host.StartAsync();
var cluster = host.Services.GetRequiredService<IGrainFactory>();

// Ctrl-C ends the run, on all silos.
var stop = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

// The examples are here and travel with the plan.
var plan = Plan(DataSet.Of(Sunflower.Points(2000)));
var run = await cluster.TrainAsync(plan, silos: 1, stop);
await foreach (var progress in run.Progress(stop))
{
    if (progress.Step % 100 == 0)
        Console.WriteLine(
            $"step {progress.Step,3}/{progress.Steps}: loss {progress.Loss:F4}, wrong {progress.Metrics["wrong"]:P1}");
}
var (network, digest) = await run.Completion;
Console.WriteLine($"at the centre {network.Probability(Tensor.Of([0.0, 0.0])).Item():F3}, " +
    $"at the rim {network.Probability(Tensor.Of([1.0, 0.0])).Item():F3}");

// The same without a cluster, and with examples that each silo makes itself: the same bits.
var here = plan.TrainHere();
Console.WriteLine($"without a cluster: {(here.Digest == digest ? "the same bits" : "OTHER BITS")}");
var drawn = Plan(DataSet.Named(Sunflower.Known, "", 2000, Sunflower.Points(1)));
var named = await cluster.TrainAsync(drawn, silos: 1, stop);
var (_, read) = await named.Completion;
Console.WriteLine($"with a data source: {(read == digest ? "the same bits" : "OTHER BITS")}");

await host.StopAsync();
return here.Digest == digest && read == digest ? 0 : 1;

static TrainingPlan<Network, Points> Plan(DataSet<Points> data)
{
    var (forHidden, forOutput) = Key.Of(7).Split();
    var start = new Network(
        Tensor.Normal(forHidden, [2, 16], DType.Float64), Tensor.Zeros([16], DType.Float64),
        Tensor.Normal(forOutput, [16], DType.Float64), Tensor.Zeros([], DType.Float64));
    return TrainingPlan
        .Of(start, data, Loss, Optimiser.Adam(0.02), new() { Batch = 100, Epochs = 20 })
        .WithMetric("wrong", (n, p) => Tensor.Abs(Tensor.Round(n.Probability(p.At)) - p.IsInside).Mean());
}

// Binary cross-entropy, the mean over a batch.
static Tensor Loss(Network network, Points points)
{
    var logit = network.Logit(points.At);
    return (Tensor.Softplus(logit) - (points.IsInside * logit)).Mean();
}

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}

// A model is any immutable value of tensors. No silo needs to know its type: what travels are closed programs.
internal sealed record Network(Tensor Hidden, Tensor Bias, Tensor Output, Tensor Offset)
{
    public Tensor Logit(Tensor at) => Tensor.Tanh(at.MatMul(Hidden) + Bias).MatMul(Output) + Offset;

    public Tensor Probability(Tensor at) => Tensor.Sigmoid(Logit(at));
}

// So is a batch, whose first axis goes through the examples.
internal sealed record Points(Tensor At, Tensor IsInside);

// Examples that a silo makes, or reads from where it finds them, as it is asked for their numbers: here points of a
// disc like the seeds of a sunflower, and whether they are inside of a ring.
internal sealed class Sunflower : IDataSource
{
    public const string Known = "sunflower";

    public string Name => Known;

    public IExamples Open(DataDescriptor descriptor) => new Seeds(descriptor.Count);

    public static Points Points(int count)
    {
        var arrays = new Seeds(count).Read([.. Enumerable.Range(0, count)]);
        return new(Tensor.FromValue(arrays[0]), Tensor.FromValue(arrays[1]));
    }

    private sealed class Seeds(long count) : IExamples
    {
        public long Count => count;

        public IReadOnlyList<Value> Read(ReadOnlySpan<long> examples)
        {
            var (at, isInside) = (new double[2 * examples.Length], new double[examples.Length]);
            for (var i = 0; i < examples.Length; i++)
            {
                var radius = Math.Sqrt((examples[i] + 0.5) / count);
                var angle = examples[i] * Math.PI * (3 - Math.Sqrt(5));
                (at[2 * i], at[(2 * i) + 1]) = (radius * Math.Cos(angle), radius * Math.Sin(angle));
                isInside[i] = radius < 0.7 ? 1 : 0;
            }
            return [Value.Of<double>([examples.Length, 2], at), Value.Of<double>([examples.Length], isInside)];
        }
    }
}
