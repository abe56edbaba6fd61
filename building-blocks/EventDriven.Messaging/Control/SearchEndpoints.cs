using System.Text.Json;
using System.Text.Json.Nodes;
using EventDriven.Log;
using EventDriven.Log.PersonalData;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EventDriven.Messaging.Control;

/// <summary>Finds messages by whatever id somebody has at hand, and shows what one says.</summary>
internal static class SearchEndpoints
{
    private const int MostFound = 500;
    private const string Masked = "(personal)";

    extension(IEndpointRouteBuilder control)
    {
        public void MapSearch()
        {
            control.MapGet("/log/meant", Meant).WithSummary("Messages that an id may mean, oldest first: a message, a correlation, or the streams of an entity");
            control.MapGet("/log/messages/{messageId:guid}/data", Data).WithSummary("What a message says, its personal fields masked");
        }
    }

    private static async Task<IResult> Meant(Guid id, ControlQueries queries, CancellationToken ct, int limit = 100) => limit is >= 1 and <= MostFound
        ? TypedResults.Ok(await queries.Meant(id, limit, ct))
        : SubscriptionEndpoints.Operator.Problem(StatusCodes.Status400BadRequest, "bad-request", $"limit must be from 1 to {MostFound}.");

    private static async Task<IResult> Data(Guid messageId, EventLog log, CancellationToken ct) => await log.Reader.OfMessage(messageId, ct) is { } recorded
        ? TypedResults.Ok(Mask(JsonNode.Parse(recorded.Data.Span), log.Types, recorded.Type))
        : SubscriptionEndpoints.Operator.Problem(StatusCodes.Status404NotFound, "not-found", "This service's log holds no such message.");

    // They are encrypted anyway; a reader is spared the ciphertext, and is told what kind of field it is.
    private static JsonNode? Mask(JsonNode? data, MessageTypes types, string name)
    {
        if (data is not JsonObject fields || !types.TryGet(name, out var type))
            return data;
        foreach (var personal in type.Versions.Single(v => v.Name == name).ClrType.GetProperties().Where(p => p.PropertyType == typeof(PersonalText)))
        {
            var field = JsonNamingPolicy.CamelCase.ConvertName(personal.Name);
            if (fields.ContainsKey(field))
                fields[field] = Masked;
        }
        return fields;
    }
}
