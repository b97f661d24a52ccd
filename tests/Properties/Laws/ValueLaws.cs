using System.Runtime.InteropServices;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>Where the elements of a value lie in memory, which nobody sees but loops feel.</summary>
public class ValueLaws
{
    private const int CacheLine = 64;

    /// <summary>Ways to numbers of the library's from numbers of the caller's.</summary>
    private static readonly Dictionary<string, Func<double[], Value>> Ways = new()
    {
        ["a copied span"] = x => Value.Of<double>([x.Length], x),
        ["a tensor of elements"] = x => Tensor.Of(x).KnownValue!,
        ["a tensor of a sequence"] = x => Tensor.Of(x.Select(e => e)).KnownValue!,
        ["a tensor of an array"] = x => Tensor.Of((Array)x).KnownValue!,
        ["read from bytes"] = x => Value.FromWire(Value.Of<double>([x.Length], x).ToWire()),
        ["given by places"] = x => Value.FromDoubles(DType.Float64, [x.Length], i => x[i]),
        ["picked"] = x => Value.Pick(Value.Of<double>([x.Length], x), [x.Length], i => i),
        ["computed"] = x => (-Tensor.Of(x.Select(e => -e))).Evaluate().KnownValue!,
    };

    public static TheoryData<string> Names => [.. Ways.Keys];

    // Arrays of the runtime's begin anywhere on a line, so several odd lengths meet several places.
    [Theory, MemberData(nameof(Names))]
    public unsafe void ALargeValueBeginsOnACacheLineAndHoldsWhatItWasGiven(string name)
    {
        var kept = new List<Value>();
        for (var length = 20_001; length < 20_017; length += 2)
        {
            double[] x = [.. Enumerable.Range(1, length)];
            var value = Ways[name](x);
            kept.Add(value);
            Assert.True(value.AsSpan<double>().SequenceEqual(x));
            fixed (double* start = &MemoryMarshal.GetReference(value.AsSpan<double>()))
                Assert.Equal(0, (nint)start % CacheLine);
        }
    }
}
