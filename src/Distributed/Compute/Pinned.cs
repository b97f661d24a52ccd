using System.Runtime.InteropServices;

namespace DistGrad.Distributed.Compute;

internal static class Pinned
{
    public delegate void Work(ReadOnlySpan<nint> starts);

    /// <summary>Does something with where these arrays lie, which they do not leave meanwhile.</summary>
    public static void Run(IReadOnlyList<Value> values, Work work)
    {
        var handles = new GCHandle[values.Count];
        var starts = new nint[values.Count];
        try
        {
            for (var i = 0; i < handles.Length; i++)
            {
                handles[i] = values[i].Pin();
                starts[i] = values[i].Address(handles[i]);
            }
            work(starts);
        }
        finally
        {
            foreach (var handle in handles)
            {
                if (handle.IsAllocated)
                    handle.Free();
            }
        }
    }
}
