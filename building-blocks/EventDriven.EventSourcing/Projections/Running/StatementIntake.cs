using Npgsql;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>Statements per event, in their order.</summary>
internal sealed class StatementIntake(IProjection projection, ReadTables tables) : IIntake
{
    public int PageSize => 1_000;

    public bool IsFull => false;

    public Task<IReadOnlyList<NpgsqlBatchCommand>> Take(IReadOnlyList<ProjectedEvent> events, NpgsqlDataSource database, CancellationToken ct)
    {
        List<NpgsqlBatchCommand> statements = new(events.Count);
        for (var i = 0; i < events.Count; i++)
        {
            try
            {
                foreach (var statement in projection.Project(events[i], tables))
                    statements.Add(statement.ToBatchCommand());
            }
            catch (Exception cause) // a function of this event and nothing else: it fails again however often it is tried
            {
                throw new PoisonEventException(i, cause);
            }
        }
        return Task.FromResult<IReadOnlyList<NpgsqlBatchCommand>>(statements);
    }

    public void Forget()
    {
    }
}
