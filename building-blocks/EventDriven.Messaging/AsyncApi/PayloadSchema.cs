using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventDriven.Log;
using EventDriven.Log.PersonalData;

namespace EventDriven.Messaging.AsyncApi;

/// <summary>The JSON shape of a message's data, as its sender writes it.</summary>
internal static class PayloadSchema
{
    // Who reads is lenient, a number may come as text; what is described is what is written.
    private static readonly JsonSerializerOptions Written = new(EventLog.Json)
    {
        NumberHandling = JsonNumberHandling.Strict,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private static readonly JsonSchemaExporterOptions Exported = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };

    public static JsonNode Of(Type clrType) => Written.GetJsonSchemaAsNode(clrType, Exported);

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema) => context.TypeInfo.Type == typeof(PersonalText)
        ? new JsonObject
        {
            ["type"] = context.PropertyInfo is { IsGetNullable: true } ? new JsonArray("string", "null") : "string",
            ["contentEncoding"] = "base64",
            ["description"] = "Personal: encrypted under its subject's key",
        }
        : schema;
}
