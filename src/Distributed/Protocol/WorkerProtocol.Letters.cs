using DistGrad.Distributed.Contracts;
using Outcome = DistGrad.Distributed.Protocol.Transition<
    DistGrad.Distributed.Protocol.WorkerState, DistGrad.Distributed.Protocol.WorkerCommand>;

namespace DistGrad.Distributed.Protocol;

internal static partial class WorkerProtocol
{
    private static Outcome Send(WorkerState s, WorkerId? to, Message message)
    {
        var (outbox, letter) = s.Outbox.Post(to, message);
        return new(s with { Outbox = outbox }, new WorkerCommand.Send(letter));
    }

    private static Outcome SendAgain(WorkerState s)
    {
        var (outbox, letters) = s.Outbox.Again();
        return new(s with { Outbox = outbox }, [.. letters.Select(letter => new WorkerCommand.Send(letter))]);
    }

    private static Outcome Delivered(WorkerState s, long number)
    {
        var arrived = s with { Outbox = s.Outbox.Delivered(number) };
        return s.Telling is not { } telling || telling.Number != number ? new(arrived) : TellSteps(arrived with
        {
            Untold = s.Untold.RemoveAll(record => record.Step <= telling.Step),
            Telling = null,
        });
    }

    /// <summary>Tells the run of the steps that it does not know of, one letter at a time.</summary>
    private static Outcome TellSteps(WorkerState s)
    {
        if (s.Telling is not null || s.Untold.IsEmpty)
            return new(s);
        var told = Send(s, to: null, new Advanced(s.Stamp, s.Me, [.. s.Untold]));
        var number = ((WorkerCommand.Send)told.Commands[0]).Letter.Number;
        return told with { State = told.State with { Telling = (number, s.Untold[^1].Step) } };
    }

    /// <summary>Tells the run that what it held for an epoch is lost: once, however many messages ask for it.</summary>
    private static Outcome TellLost(WorkerState s, Stamp stamp) =>
        s.Outbox.Holds(letter => letter.Message is Lost lost && lost.Stamp.Epoch >= stamp.Epoch) ? new(s) : Send(
            s with { Outbox = s.Outbox.Without(letter => letter.Message is Lost) }, to: null, new Lost(stamp, s.Me));

    /// <summary>Tells the run that it cannot go on, and does nothing until the run has decided.</summary>
    private static Outcome Fail(WorkerState s, string reason) => Send(
        Clear(s) with
        {
            Phase = WorkerPhase.Waiting,
            Prepared = null,
            Failure = reason,
            Contributions = s.Contributions.Clear(),
        },
        to: null,
        new Failed(s.Stamp, s.Me, reason));
}
