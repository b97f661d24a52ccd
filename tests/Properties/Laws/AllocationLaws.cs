using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistGrad.Execute;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// What is run again and again allocates nothing on the managed heap once warm, on any of its threads.
/// </summary>
public class AllocationLaws
{
    /// <summary>Enough for what runs often to be compiled, in the background.</summary>
    private const int Attempts = 200;

    public static TheoryData<string> Names => [.. Models.All.Keys];

    // Factors in arrays of doubles, as the primitive means them, are made anew.
    public static TheoryData<string> Specimens =>
        [.. Samples.Names.Where(n => Samples.Find(n).Primitive is not (Qr or Eigh))];

    [Theory]
    [MemberData(nameof(Names))]
    public void ARunOfAModelAllocatesNothing(string name)
    {
        var program = Models.All[name]();
        ImmutableArray<Value> x = [.. program.Parameters.Select(p => Value.FromDoubles(p.DType, p.Shape, _ => 0))];
        Assert.All([1, 2], threads => Assert.Equal(0, Allocated(program, x, threads)));
    }

    [Theory]
    [MemberData(nameof(Specimens))]
    public void ARunOfAPrimitiveAllocatesNothing(string name)
    {
        var specimen = Samples.Find(name);
        Assert.Equal(0, Allocated(Samples.Program(specimen), Samples.Operands(specimen, new Random(1)), threads: 1));
    }

    /// <summary>Bytes that the threads together allocate in a run of a program: the least of many attempts.</summary>
    private static long Allocated(Lambda program, ImmutableArray<Value> x, int threads)
    {
        using var workers = new Workers(threads);
        var machine = Machine.Of(program);
        var meeting = new Meeting(workers);
        Value[] values = [.. x, .. program.Results.Select(r => Value.Uninitialized(r.DType, r.Shape))];
        GCHandle[] pinned = [.. values.Select(v => v.Pin())];
        nint[] starts = [.. values.Zip(pinned, (v, p) => v.Address(p))];
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && least > 0; attempt++)
        {
            var before = meeting.AllocatedBytes();
            machine.Run(starts.AsSpan(0, x.Length), starts.AsSpan(x.Length), workers);
            least = Math.Min(least, meeting.AllocatedBytes() - before);
        }
        foreach (var handle in pinned.Where(p => p.IsAllocated))
            handle.Free();
        return least;
    }

    /// <summary>Asks each thread of a pool what it has allocated: none goes on before all have answered.</summary>
    private sealed class Meeting(Workers workers)
    {
        private long bytes;
        private int missing;

        public long AllocatedBytes()
        {
            (bytes, missing) = (0, workers.Threads);
            workers.Run(workers.Threads, this, static (meeting, _) => meeting.Answer());
            return bytes;
        }

        private void Answer()
        {
            Interlocked.Add(ref bytes, GC.GetAllocatedBytesForCurrentThread());
            Interlocked.Decrement(ref missing);
            for (var wait = default(SpinWait); Volatile.Read(ref missing) > 0;)
                wait.SpinOnce(sleep1Threshold: -1);
        }
    }
}
