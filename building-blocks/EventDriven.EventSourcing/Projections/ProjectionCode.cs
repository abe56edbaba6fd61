using EventDriven.EventSourcing.Projections.Builds;
using EventDriven.EventSourcing.Projections.Running;

namespace EventDriven.EventSourcing.Projections;

/// <summary>One version of a projection that this process can run.</summary>
internal sealed record ProjectionCode(string Name, int Version, Func<Build, IIntake> Intake)
{
    public static ProjectionCode Of(IProjection projection) => new(projection.Name, projection.Version, build => new StatementIntake(projection, build.Tables));

    public static ProjectionCode Of<TDocument>(IDocumentProjection<TDocument> projection) where TDocument : class =>
        new(projection.Name, projection.Version, build => new DocumentIntake<TDocument>(projection, build.Tables.Only, isEmpty: build.Position == 0));
}
