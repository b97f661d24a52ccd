using TorchSharp;

namespace DistGrad.Compare.Peers;

/// <summary>
/// What the program calls, in types of the framework alone, so that neither side is compiled against the other.
/// </summary>
public static class Entry
{
    /// <summary>The library's version.</summary>
    public static string Version() =>
        $"TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)}, libtorch {torch.__version__}";

    /// <summary>How many threads a call may use from now on.</summary>
    public static void SetThreads(int threads) => torch.set_num_threads(threads);

    /// <summary>A call of the work of this name on these data, and the numbers that the last call found.</summary>
    public static Tuple<Action, Func<float[][]>> Make(
        string work, IReadOnlyDictionary<string, Tuple<Array, long[]>> data)
    {
        var side = Table.Sides[work](new(data));
        return Tuple.Create(side.Call, side.Numbers);
    }

    /// <summary>The gradient of (w x - y)^2 at w = 1, x = 2, y = 4.</summary>
    public static double First()
    {
        using var scope = torch.NewDisposeScope();
        var w = torch.tensor(1.0, requires_grad: true);
        var error = (w * torch.tensor(2.0)) - torch.tensor(4.0);
        return torch.autograd.grad([error * error], [w])[0].item<double>();
    }
}
