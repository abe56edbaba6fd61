using EventDriven.Log;

namespace EventDriven.EventSourcing.Projections;

/// <summary>
/// A read model that follows the log: statements for each event, in the log's order, each event once. What a batch of events changes and
/// how far the projection has come is one transaction. It can do nothing but change its own tables, so that it can be built again from
/// the first event at any time; an effect outside belongs to an <see cref="EventDriven.Log.Sequencing.ILogFollower"/> or a subscription,
/// which have a place of their own and are not replayed with it.
/// </summary>
public interface IProjection
{
    /// <summary>Names it; stable, and the same in the migration that declares its tables.</summary>
    string Name { get; }

    /// <summary>The version of its rules and tables. A higher one than the active is built beside it and then takes its place.</summary>
    int Version { get; }

    /// <summary>The statements for one event; none where it does not matter. Pure: no clock, no ids, no state of its own.</summary>
    /// <param name="recorded">The event.</param>
    /// <param name="tables">The names of this build's tables.</param>
    IEnumerable<Sql> Project(ProjectedEvent recorded, ReadTables tables);
}
