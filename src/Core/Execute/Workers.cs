using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace DistGrad.Execute;

/// <summary>
/// Dedicated threads that share the parts of one job at a time with the thread that asks for it. Which thread runs a
/// part is left to chance, so a job's parts must be fixed by its shape and write to places of their own.
/// </summary>
/// <remarks>
/// The thread pool is not used: two compute-bound items on it delay the next task by seconds. The threads keep the
/// pool alive until <see cref="Dispose"/>, which ends them.
/// </remarks>
internal sealed unsafe class Workers : IDisposable
{
    // Spinning catches the next job of a busy step (a fork and join then costs well under a microsecond); the bound,
    // some ten microseconds in all, keeps an idle pool off a core that somebody else could use.
    const int Spins = 200;
    const int PausesPerSpin = 8;

    readonly Thread[] threads;
    readonly object jobs = new();
    readonly object ends = new();
    readonly object failures = new();

    // The number of the job in the high half, its parts not yet claimed in the low half. A thread claims a part by
    // exchanging the whole word. It reads job, code and parts between reading the word and exchanging it, so a
    // successful exchange proves that all belong to the claimed part: they change only once every part of the job has
    // ended.
    long claims;
    void* job;
    delegate*<void*, int, void> code;
    int parts;
    int unfinished;
    int busy;
    int parked;
    volatile bool ended;
    int failedPart;
    ExceptionDispatchInfo? failure;

    /// <summary>A pool of <paramref name="threads"/> threads (at least 1), of which the caller of Run is one.</summary>
    public Workers(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        this.threads = new Thread[threads - 1];
        for (var i = 0; i < this.threads.Length; i++)
        {
            this.threads[i] = new Thread(Live) { IsBackground = true, Name = $"DistGrad worker {i + 1}" };
            this.threads[i].Start();
        }
    }

    /// <summary>No threads of its own: every part runs on the caller, in order.</summary>
    public static Workers Single { get; } = new(1);

    /// <summary>How many threads share a job, the caller among them.</summary>
    public int Threads => threads.Length + 1;

    /// <summary>How many of the threads sleep at the moment, for tests that need an idle pool.</summary>
    internal int Parked => Volatile.Read(ref parked);

    /// <summary>
    /// Runs part(0) to part(parts - 1), each exactly once, and returns when all have ended. Where parts throw, the
    /// exception of the lowest one is rethrown then. A call from inside a part, or while another job runs, runs its
    /// parts on the caller, in order; so does a call after <see cref="Dispose"/>.
    /// </summary>
    public void Run(int parts, Action<int> part) => Run(parts, part, static (part, i) => part(i));

    /// <summary>
    /// As the other, of part(state, 0) to part(state, parts - 1): a function that is static is made once for all calls,
    /// and then nothing is allocated.
    /// </summary>
    public void Run<T>(int parts, T state, Action<T, int> part)
    {
        var job = new Job<T>(state, part);
        if (parts <= 1 || threads.Length == 0 || ended || Interlocked.Exchange(ref busy, 1) == 1)
        {
            RunAlone(parts, ref job);
            return;
        }

        // The job stays on this stack, where the collector finds what it refers to, until all parts have ended.
        Publish(parts, Unsafe.AsPointer(ref job), &RunPart<T>);
        Work();
        AwaitOthers();
        var failed = failure;
        failure = null;
        Volatile.Write(ref busy, 0);
        failed?.Throw();
    }

    /// <summary>Ends the threads. Parts that they have begun are finished first.</summary>
    public void Dispose()
    {
        if (ended) return;
        lock (jobs)
        {
            ended = true;
            Monitor.PulseAll(jobs);
        }

        foreach (var thread in threads)
            if (thread != Thread.CurrentThread) thread.Join();
    }

    static void RunPart<T>(void* job, int index) => Unsafe.AsRef<Job<T>>(job).Run(index);

    static void RunAlone<T>(int parts, ref readonly Job<T> job)
    {
        ExceptionDispatchInfo? first = null;
        for (var i = 0; i < parts; i++)
        {
            try
            {
                job.Run(i);
            }
            catch (Exception error)
            {
                first ??= ExceptionDispatchInfo.Capture(error);
            }
        }

        first?.Throw();
    }

    // No wake-up is lost. A thread counts itself as parked before it looks for parts a last time, and a job is
    // published before the parked are counted; both are full fences, so of the two either the thread sees the job or
    // the publisher sees the thread. In the second case the publisher takes the lock, which the thread gives up only
    // by waiting, or by having seen the job after all.
    void Publish(int parts, void* job, delegate*<void*, int, void> code)
    {
        this.parts = parts;
        this.job = job;
        this.code = code;
        unfinished = parts;
        var number = (claims >>> 32) + 1;
        Interlocked.Exchange(ref claims, (number << 32) | (uint)parts);
        if (Volatile.Read(ref parked) == 0) return;
        lock (jobs)
        {
            for (var i = Math.Min(parts - 1, parked); i > 0; i--) Monitor.Pulse(jobs);
        }
    }

    void Live()
    {
        while (!ended)
        {
            for (var i = 0; i < Spins && !HasParts; i++) Thread.SpinWait(PausesPerSpin);
            if (!HasParts) Park();
            Work();
        }
    }

    bool HasParts => (int)Volatile.Read(ref claims) != 0;

    void Park()
    {
        lock (jobs)
        {
            Interlocked.Increment(ref parked);
            while (!HasParts && !ended) Monitor.Wait(jobs);
            Interlocked.Decrement(ref parked);
        }
    }

    void Work()
    {
        while (true)
        {
            var seen = Volatile.Read(ref claims);
            var left = (int)seen;
            if (left == 0) return;
            var seenJob = job;
            var seenCode = code;
            var index = parts - left;
            if (Interlocked.CompareExchange(ref claims, seen - 1, seen) == seen) RunPart(seenJob, seenCode, index);
        }
    }

    void RunPart(void* job, delegate*<void*, int, void> code, int index)
    {
        try
        {
            code(job, index);
        }
        catch (Exception error)
        {
            Record(index, error);
        }

        if (Interlocked.Decrement(ref unfinished) > 0) return;
        lock (ends) Monitor.Pulse(ends);
    }

    // The count reaches zero before the last thread takes the lock, and the caller looks at it inside the lock: it
    // sees the zero, or it waits before the pulse.
    void AwaitOthers()
    {
        for (var i = 0; i < Spins && Volatile.Read(ref unfinished) > 0; i++) Thread.SpinWait(PausesPerSpin);
        if (Volatile.Read(ref unfinished) == 0) return;
        lock (ends)
        {
            while (Volatile.Read(ref unfinished) > 0) Monitor.Wait(ends);
        }
    }

    void Record(int index, Exception error)
    {
        lock (failures)
        {
            if (failure is not null && failedPart < index) return;
            failedPart = index;
            failure = ExceptionDispatchInfo.Capture(error);
        }
    }

    readonly struct Job<T>(T state, Action<T, int> part)
    {
        public void Run(int index) => part(state, index);
    }
}
