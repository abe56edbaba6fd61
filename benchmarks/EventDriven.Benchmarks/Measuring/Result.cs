using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>One repetition of one workload by one side, as one line that the report reads.</summary>
internal sealed record Result(string Workload, string Side, Dictionary<string, double> Values, string Payload, string Versions, string Command)
{
    public const string Prefix = "RESULT ";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Prints the line, after it was seen that the database was durable.</summary>
    public async Task Print(string database)
    {
        await AssertDurable(database);
        Console.WriteLine(Prefix + JsonSerializer.Serialize(this, Json));
    }

    public static Result? TryRead(string line) =>
        line.StartsWith(Prefix, StringComparison.Ordinal) ? JsonSerializer.Deserialize<Result>(line.AsSpan(Prefix.Length), Json) : null;

    public static string VersionOf(Type type)
    {
        var assembly = type.Assembly.GetName();
        var version = type.Assembly.GetCustomAttributes(inherit: false).OfType<System.Reflection.AssemblyInformationalVersionAttribute>()
            .FirstOrDefault()?.InformationalVersion.Split('+')[0];
        return $"{assembly.Name} {version}";
    }

    private static async Task AssertDurable(string database)
    {
        foreach (var setting in (string[])["fsync", "synchronous_commit", "full_page_writes"])
        {
            if (await Servers.Value(database, "show " + setting) is not "on")
                throw new InvalidOperationException($"{setting} is not on: such a result does not count.");
        }
        if (await Servers.Scalar(database, "select count(*) from pg_class where relpersistence = 'u'") > 0)
            throw new InvalidOperationException("There is an unlogged table: such a result does not count.");
        if (await Servers.Scalar(database, "select count(*) from pg_db_role_setting s, unnest(s.setconfig) c where c ~ '^(fsync|synchronous_commit)='") > 0)
            throw new InvalidOperationException("A role or database has a durability setting of its own: such a result does not count.");
    }
}
