using EventDriven.EventSourcing.Projections.Running;

namespace EventDriven.EventSourcing.Projections;

/// <summary>One version of a projection that this process can run.</summary>
internal sealed record ProjectionCode(string Name, int Version, Func<ReadTables, IIntake> Intake)
{
    public static ProjectionCode Of(IProjection projection) => new(projection.Name, projection.Version, tables => new StatementIntake(projection, tables));

    public static ProjectionCode Of<TDocument>(IDocumentProjection<TDocument> projection) where TDocument : class =>
        new(projection.Name, projection.Version, tables => new DocumentIntake<TDocument>(projection, tables.Only));
}
