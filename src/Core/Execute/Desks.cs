using System.Collections.Concurrent;

namespace DistGrad.Execute;

/// <summary>
/// What runs write down, kept from run to run: any number of threads may run one kernel or machine at a time.
/// </summary>
internal sealed class Desks<T>(Func<T> make) where T : class
{
    private readonly ConcurrentBag<T> idle = [];
    private T? spare;

    // As a rule one run at a time takes place, and the bag is not asked.
    public T Take() => Interlocked.Exchange(ref spare, null) ?? (idle.TryTake(out var desk) ? desk : make());

    public void Return(T desk)
    {
        if (Interlocked.CompareExchange(ref spare, desk, null) is not null)
            idle.Add(desk);
    }
}
