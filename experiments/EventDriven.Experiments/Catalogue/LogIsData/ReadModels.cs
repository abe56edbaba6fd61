using EventDriven.EventSourcing.Projections;

namespace EventDriven.Experiments.Catalogue.LogIsData;

/// <summary>The first read model: a balance that is there before anybody asks.</summary>
internal sealed class BalanceProjection : IDocumentProjection<Account>
{
    public const string Schema = "balances";

    public const string Tables = """
        create table balances.balance_v1 (key text collate "C" primary key, document jsonb not null, balance bigint generated always as ((document ->> 'balance')::bigint) stored);
        select sourcing.declare_read_model('balance', 1, 'balances.balance', 'balances.balance_v1');
        """;

    public string Name => "balance";

    public int Version => 1;

    public Account? Evolve(Account? document, ProjectedEvent recorded) =>
        recorded.Event is IMovement movement ? Account.Evolve(document ?? new Account(0), movement) : document;
}

/// <summary>How an account is used: a question that nobody had when the events were written.</summary>
internal sealed record Habits(long Deposits, long Withdrawals, long Largest);

/// <summary>The second read model, thought of later and built from the same events.</summary>
internal sealed class HabitsProjection : IDocumentProjection<Habits>
{
    public const string Schema = "habits";

    public const string Tables = """
        create table habits.habits_v1 (key text collate "C" primary key, document jsonb not null);
        select sourcing.declare_read_model('habits', 1, 'habits.habits', 'habits.habits_v1');
        """;

    public string Name => "habits";

    public int Version => 1;

    public Habits? Evolve(Habits? document, ProjectedEvent recorded)
    {
        var habits = document ?? new Habits(0, 0, 0);
        return recorded.Event switch
        {
            Deposited e => habits with { Deposits = habits.Deposits + 1, Largest = Math.Max(habits.Largest, e.Amount) },
            Withdrawn e => habits with { Withdrawals = habits.Withdrawals + 1, Largest = Math.Max(habits.Largest, e.Amount) },
            _ => document,
        };
    }
}
