using System.Runtime.CompilerServices;

namespace DistGrad.Execute;

/// <summary>
/// What is compiled, in the background, once about as much has been spent without as compiling costs. Where code cannot
/// be made at run time nothing ever is.
/// </summary>
internal abstract class Tier : IThreadPoolWorkItem
{
    private long spent;
    private int asked;

    /// <summary>What compiling costs, in the unit in which work is counted.</summary>
    protected abstract long Cost { get; }

    /// <summary>Compiles it now, if code can be made here.</summary>
    public void Compile()
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
            Make();
    }

    void IThreadPoolWorkItem.Execute() => Compile();

    /// <summary>Makes the code, unless it is there.</summary>
    protected abstract void Make();

    /// <summary>So much work was done without.</summary>
    protected void Spend(long work)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
            return;
        // Threads may lose counts to each other, which delays nothing for long.
        spent += work;
        if (spent > Cost && Interlocked.Exchange(ref asked, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
