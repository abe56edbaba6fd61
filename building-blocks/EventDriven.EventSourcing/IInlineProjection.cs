using EventDriven.Log;

namespace EventDriven.EventSourcing;

/// <summary>
/// A read model that changes in the commit of its events, so that whoever was answered finds it up to date. It costs every writer; a
/// projection that may lag a little costs none.
/// </summary>
public interface IInlineProjection
{
    /// <summary>The statements for one event; none where it does not matter. They must not begin, commit or roll back.</summary>
    /// <param name="stream">The event's stream.</param>
    /// <param name="version">Its version.</param>
    /// <param name="happened">The event.</param>
    IEnumerable<Sql> Project(StreamName stream, long version, NewEvent happened);
}
