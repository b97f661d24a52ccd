using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Grains;

/// <summary>How workers send each other what they compute. Which way that is changes no bit of the result.</summary>
internal interface IExchange
{
    /// <summary>Ends when the message has arrived; fails when it may not have.</summary>
    Task Send(WorkerId to, Message message);
}

/// <summary>By calls from grain to grain: works wherever Orleans does.</summary>
internal sealed class GrainExchange(IGrainFactory grains) : IExchange
{
    public Task Send(WorkerId to, Message message) =>
        grains.GetGrain<IWorkerGrain>(WorkerKey.Of(message.Stamp.Run, to)).Receive(message);
}
