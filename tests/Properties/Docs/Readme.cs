using DistGrad.Distributed;
using DistGrad.Learn;
using Microsoft.Extensions.Hosting;
using Console = DistGrad.Properties.Docs.Printed;

// The text of README.md, in its order; DocumentLaws compares them.
namespace DistGrad.Properties.Docs;

sealed record Line(Tensor Slope, Tensor Offset)
{
    public Tensor Apply(Tensor x) => Slope * x + Offset;
}

internal static class Readme
{
    public static void Example()
    {
        var x = Tensor.Of([0.0, 1, 2, 3]);
        var y = Tensor.Of([1.0, 3, 5, 7]);
        var start = new Line(Tensor.Of(0.0), Tensor.Of(0.0));
        Func<Line, Tensor> loss = m => Tensor.Square(m.Apply(x) - y).Mean();

        // A step of gradient descent, traced and planned once.
        var step = Diff.Compile((Line m) => Tree.Map(m, Diff.Grad(m, loss), (p, g) => p - 0.1 * g));
        var line = start;
        for (var i = 0; i < 200; i++)
            line = step(line);
        Console.WriteLine($"{line.Slope.Item():f3} x + {line.Offset.Item():f3}");

        // The gradient of each example alone; the second derivatives by both parameters; a derivative to read.
        var each = Diff.Vmap((x, y), e => Diff.Grad(start, m => Tensor.Square(m.Apply(e.x) - e.y)));
        Console.WriteLine(each.Slope);
        Console.WriteLine(Diff.Hessian(start, loss)["Slope"]);
        Console.WriteLine(Diff.Trace(Tensor.Of(2.0), Diff.Grad(Diff.Grad(t => t * Tensor.Sin(t)))).ToMath());
    }
}

sealed record Points(Tensor X, Tensor Y);

internal static class ReadmeOnACluster
{
    public static void Here()
    {
        var plan = TrainingPlan.Of(
            new Line(Tensor.Of(0.0), Tensor.Of(0.0)),
            DataSet.Of(new Points(Tensor.Of([0.0, 1, 2, 3]), Tensor.Of([1.0, 3, 5, 7]))),
            (line, points) => Tensor.Square(line.Apply(points.X) - points.Y).Mean(),
            Optimiser.Sgd(0.1),
            new() { Batch = 4, Epochs = 200 });
        Console.WriteLine($"{plan.TrainHere().Model.Slope.Item():f3}");
    }

    public static void Silo(HostApplicationBuilder builder)
    {
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        builder.Services.AddDistGrad();
    }

    public static async Task Train(IGrainFactory cluster, TrainingPlan<Line> plan, CancellationToken stop)
    {
        var run = await cluster.TrainAsync(plan, silos: 3, stop);
        await foreach (var progress in run.Progress(stop))
            Console.WriteLine($"step {progress.Step}/{progress.Steps}: loss {progress.Loss}");
        var (model, digest) = await run.Completion;
        Console.WriteLine($"{model}, {digest}");
    }
}
