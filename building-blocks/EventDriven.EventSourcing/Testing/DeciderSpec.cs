using System.Text.Json;
using EventDriven.Log;

namespace EventDriven.EventSourcing.Testing;

/// <summary>
/// Given what has happened, when this is asked, then this happens: <c>Given(Placed).When(Cancel).Then(new OrderCancelled(…))</c>. Events are
/// compared as they are stored, so a list in them counts by what it holds. Works with any test framework: what does not hold is thrown.
/// </summary>
/// <param name="decide">The decider's decision.</param>
/// <param name="evolve">The decider's fold.</param>
/// <param name="initial">The state before the first event.</param>
public abstract class DeciderSpec<TCommand, TEvent, TState>(
    Func<TCommand, TState, IReadOnlyList<TEvent>> decide, Func<TState, TEvent, TState> evolve, TState initial) where TEvent : class
{
    /// <summary>What has happened before.</summary>
    protected Story Given(params IReadOnlyList<TEvent> happened) => new(decide, happened.Aggregate(initial, evolve));

    /// <summary>The state that events come to.</summary>
    protected TState Fold(params IReadOnlyList<TEvent> happened) => happened.Aggregate(initial, evolve);

    /// <summary>A state that waits for a command.</summary>
    public sealed class Story
    {
        private readonly Func<TCommand, TState, IReadOnlyList<TEvent>> _decide;
        private readonly TState _state;

        internal Story(Func<TCommand, TState, IReadOnlyList<TEvent>> decide, TState state) => (_decide, _state) = (decide, state);

        /// <summary>What is asked.</summary>
        public Decision When(TCommand command) => new(() => _decide(command, _state));
    }

    /// <summary>A decision that waits to be judged.</summary>
    public sealed class Decision
    {
        private readonly Func<IReadOnlyList<TEvent>> _decide;

        internal Decision(Func<IReadOnlyList<TEvent>> decide) => _decide = decide;

        /// <summary>These events happen, in this order, and no other.</summary>
        public void Then(params IReadOnlyList<TEvent> expected)
        {
            var (wanted, got) = (Text(expected), Text(_decide()));
            if (wanted != got)
                throw new SpecNotMetException($"Expected:\n{wanted}\nHappened:\n{got}");
        }

        /// <summary>Nothing happens: it has been done before.</summary>
        public void ThenNothing() => Then();

        /// <summary>The command is refused, with a code or a reason that contains this.</summary>
        public void ThenRefused(string reason)
        {
            try
            {
                throw new SpecNotMetException($"Expected a refusal with '{reason}'. Happened:\n{Text(_decide())}");
            }
            catch (DomainRuleException refusal)
            {
                if (!refusal.Message.Contains(reason, StringComparison.Ordinal) && refusal.Code != reason)
                    throw new SpecNotMetException($"Expected a refusal with '{reason}', but it was {refusal.Code}: {refusal.Message}");
            }
        }

        private static string Text(IReadOnlyList<TEvent> events) => events.Count == 0
            ? "  nothing"
            : string.Join('\n', events.Select(e => $"  {e.GetType().Name} {JsonSerializer.Serialize(e, e.GetType(), EventLog.Json)}"));
    }
}

/// <summary>What happened is not what the spec says.</summary>
public sealed class SpecNotMetException(string message) : Exception(message);
