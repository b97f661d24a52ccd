using System.Collections.Immutable;

namespace DistGrad.Distributed.Protocol;

/// <summary>What an event makes of a state, and what is to be done about it.</summary>
internal readonly record struct Transition<TState, TCommand>(TState State, params ImmutableArray<TCommand> Commands)
{
    /// <summary>What the next decision adds to this one.</summary>
    public Transition<TState, TCommand> Then(Func<TState, Transition<TState, TCommand>> next)
    {
        var (state, commands) = next(State);
        return new(state, Commands.IsEmpty ? commands : commands.IsEmpty ? Commands : [.. Commands, .. commands]);
    }
}
