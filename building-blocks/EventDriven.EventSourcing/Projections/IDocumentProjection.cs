namespace EventDriven.EventSourcing.Projections;

/// <summary>
/// A read model of one document per key, folded in memory: many events come to one write, and a rebuild runs at the speed of reading. Its
/// table has the columns <c>key text collate "C" primary key, document jsonb not null</c>; generated columns and indexes on it are the
/// migration's to choose. Otherwise it keeps what <see cref="IProjection"/> promises.
/// </summary>
/// <typeparam name="TDocument">Immutable; written as JSON in camelCase.</typeparam>
public interface IDocumentProjection<TDocument> where TDocument : class
{
    /// <inheritdoc cref="IProjection.Name"/>
    string Name { get; }

    /// <inheritdoc cref="IProjection.Version"/>
    int Version { get; }

    /// <summary>Which document an event belongs to; null where it matters to none. One document per stream unless it says otherwise.</summary>
    string? KeyOf(ProjectedEvent recorded) => recorded.Stream;

    /// <summary>Folds one event. Pure. Null as the answer: there is no such document, or none any more.</summary>
    /// <param name="document">What the events before came to; null when there is none.</param>
    /// <param name="recorded">The event.</param>
    TDocument? Evolve(TDocument? document, ProjectedEvent recorded);
}
