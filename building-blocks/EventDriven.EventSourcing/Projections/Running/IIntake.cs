using Npgsql;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>Turns events into the statements that take them into one build.</summary>
internal interface IIntake
{
    /// <summary>How many events to read at once while it catches up.</summary>
    int PageSize { get; }

    /// <summary>Turns events into statements. What an earlier call returned counts as written.</summary>
    /// <exception cref="PoisonEventException">An event cannot be taken in.</exception>
    Task<IReadOnlyList<NpgsqlBatchCommand>> Take(IReadOnlyList<ProjectedEvent> events, NpgsqlDataSource database, CancellationToken ct);

    /// <summary>Whether it holds as much in memory as it may. Once all that it returned is written it is asked to forget.</summary>
    bool IsFull { get; }

    /// <summary>Forgets what it holds in memory: it is full, or something that it returned was not written.</summary>
    void Forget();
}

/// <summary>An event that the projection's code cannot take in.</summary>
internal sealed class PoisonEventException(int index, Exception cause) : Exception(cause.Message, cause)
{
    /// <summary>Which of the events.</summary>
    public int Index { get; } = index;
}
