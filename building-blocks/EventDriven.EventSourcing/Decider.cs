using EventDriven.Log;

namespace EventDriven.EventSourcing;

/// <summary>
/// The rules of one kind of entity, as two pure functions. <c>Decide</c> turns a command and the state it meets into events, none when
/// there is nothing to do, or refuses it with a <see cref="DomainRuleException"/>. <c>Evolve</c> folds one event into the state and never
/// throws: what has happened cannot be refused. Time and ids arrive in the command. After Jérémie Chassaing, "Functional Event Sourcing
/// Decider" (2021).
/// </summary>
/// <typeparam name="TCommand">What can be asked of the entity.</typeparam>
/// <typeparam name="TState">What its events come to; immutable.</typeparam>
public sealed class Decider<TCommand, TState> where TCommand : notnull where TState : notnull
{
    private readonly Func<TCommand, TState, IReadOnlyList<NewEvent>> _decide;
    private readonly Func<TState, object, TState> _evolve;

    internal Decider(string category, TState initial, Func<TCommand, TState, IReadOnlyList<NewEvent>> decide, Func<TState, object, TState> evolve) =>
        (Category, Initial, _decide, _evolve) = (category, initial, decide, evolve);

    /// <summary>The kind of entity: the first part of its streams' names.</summary>
    public string Category { get; }

    /// <summary>The state before the first event.</summary>
    public TState Initial { get; }

    /// <summary>The stream of one entity.</summary>
    public StreamName Stream(Guid id) => new(Category, id);

    /// <summary>Decides.</summary>
    /// <exception cref="DomainRuleException">The state refuses the command.</exception>
    public IReadOnlyList<NewEvent> Decide(TCommand command, TState state) => _decide(command, state);

    /// <summary>Folds one event. An event of another family is none of this entity's business and changes nothing.</summary>
    public TState Evolve(TState state, object happened) => _evolve(state, happened);
}

/// <summary>Makes deciders.</summary>
public static class Decider
{
    /// <summary>Makes a decider of the two functions.</summary>
    /// <typeparam name="TCommand">What can be asked of the entity.</typeparam>
    /// <typeparam name="TEvent">What all events of the entity are.</typeparam>
    /// <typeparam name="TState">What its events come to; immutable.</typeparam>
    /// <param name="category">The kind of entity.</param>
    /// <param name="decide">Pure.</param>
    /// <param name="evolve">Pure, and never throws.</param>
    /// <param name="initial">The state before the first event.</param>
    /// <param name="describe">Adds to an event what stands beside its data: effective time, data subject.</param>
    public static Decider<TCommand, TState> Of<TCommand, TEvent, TState>(
        string category, Func<TCommand, TState, IReadOnlyList<TEvent>> decide, Func<TState, TEvent, TState> evolve, TState initial,
        Func<TEvent, NewEvent>? describe = null) where TCommand : notnull where TEvent : class where TState : notnull
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentNullException.ThrowIfNull(decide);
        ArgumentNullException.ThrowIfNull(evolve);
        describe ??= happened => new NewEvent(happened);
        return new Decider<TCommand, TState>(category, initial,
            (command, state) => [.. decide(command, state).Select(describe)],
            (state, happened) => happened is TEvent known ? evolve(state, known) : state);
    }
}
