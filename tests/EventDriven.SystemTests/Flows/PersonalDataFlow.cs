using System.Text;
using Confluent.Kafka;
using EventDriven.Contracts;
using EventDriven.SystemTests.Support;
using Npgsql;

namespace EventDriven.SystemTests.Flows;

/// <summary>A marked person signs up, and the test looks for the mark wherever it must not be.</summary>
[Collection("broker at hand")]
public sealed class PersonalDataFlow(BrokerAtHand system) : FlowTest(system)
{
    protected override bool IsRepeated => false;

    private readonly Customers _customers = new(system);

    [Fact]
    public async Task Promise_10_a_marked_person_is_in_no_log_line_span_metric_key_header_topic_or_log_row()
    {
        var mark = "Zaphod" + Guid.CreateVersion7().ToString("N");
        var user = await _customers.SignUp($"{mark}@example.com", $"{mark} Beeblebrox");
        using (await _customers.TrySignUp(new { email = $"{mark}@example.com", name = mark })) // refused: taken
        {
        }
        using (await _customers.TrySignUp(new { email = $"{mark}@nowhere", name = mark })) // refused: no address
        {
        }
        await Eventually.Get(() => _customers.Mails(user), m => m.Count == 2, "two mails");

        Assert.Contains(Directory.GetFiles(Running.Mails, "*.eml"), file => File.ReadAllText(file).Contains(mark, StringComparison.Ordinal)); // it can be found where it may be
        await LookIntoTopics(mark);
        await LookIntoLogs(mark);
        LookIntoFiles(mark);
        await LookIntoTelemetry(mark, user);
    }

    [Fact]
    public async Task A_forgotten_person_is_nowhere_in_clear_and_history_still_holds()
    {
        var mark = "Trillian" + Guid.CreateVersion7().ToString("N");
        var user = await _customers.SignUp($"{mark}@example.com", $"{mark} McMillan");
        await Eventually.Get(() => _customers.Mails(user), m => m.Count == 2, "two mails");
        Assert.NotEmpty(await TablesThatHold(mark)); // it can be found where it may be
        Assert.NotEmpty(MailsThatHold(mark));

        using (var signup = Running.Client("signup"))
        using (var forgotten = await signup.DeleteAsync($"/users/{user}", Ct))
            Assert.Equal(System.Net.HttpStatusCode.Accepted, forgotten.StatusCode);
        await Eventually.Get(() => TablesThatHold(mark), tables => tables.Count == 0, "no table of any service holds the mark");
        await Eventually.See(() => MailsThatHold(mark), files => files.Count == 0, "no mail's file holds the mark");
        await Eventually.Equal(0L, () => Scalar("vault", $"select count(*) from keys where subject = '{user}'"), "keys of the forgotten");

        await Task.Delay(KeysAreKeptFor, Ct); // for so long a key may stay in memory; a fact that cannot be asked for
        await LookIntoTopics(mark);
        LookIntoFiles(mark);
        var chain = (await _customers.ControlGet("signup", $"/control/log/streams/user-{user}/verification"))!;
        Assert.Equal(2, chain["events"]!.GetValue<long>());
        Assert.Empty(chain["findings"]!.AsArray());

        // What was encrypted is still there to be replayed, and says nothing any more.
        var log = await Scalar("signup", $"select count(*) from log.events where stream = 'user-{user}' and convert_from(data, 'UTF8') like '%email%'");
        Assert.Equal(1, log);
    }

    private static readonly TimeSpan KeysAreKeptFor = TimeSpan.FromSeconds(2);

    /// <summary>Every table of every database, whatever it is for; bytes by their hexadecimal form as well.</summary>
    private async Task<IReadOnlyList<string>> TablesThatHold(string mark)
    {
        List<string> holders = [];
        var hex = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(mark));
        foreach (var database in await Rows("postgres", "select datname from pg_database where datallowconn and not datistemplate"))
        {
            var tables = await Rows(database, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
            foreach (var table in tables)
            {
                if (await Scalar(database, $"select count(*) from {table} t where t::text ilike '%{mark}%' or t::text ilike '%{hex}%'") > 0)
                    holders.Add($"{database}: {table}");
            }
        }
        return holders;
    }

    private List<string> MailsThatHold(string mark) =>
        [.. Directory.GetFiles(Running.Mails, "*.eml").Where(file => File.ReadAllText(file).Contains(mark, StringComparison.Ordinal))];

    private async Task<long> Scalar(string database, string sql) =>
        long.Parse((await Rows(database, sql)).Single(), System.Globalization.CultureInfo.InvariantCulture);

    private async Task<IReadOnlyList<string>> Rows(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Running.Postgres) { Database = database }.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var row = await command.ExecuteReaderAsync(Ct);
        List<string> rows = [];
        while (await row.ReadAsync(Ct))
            rows.Add(row.GetValue(0).ToString()!);
        return rows;
    }

    private async Task LookIntoTelemetry(string mark, Guid user)
    {
        // The mails' GET holds the user's id in its path: once its span has come, all earlier ones have.
        await Eventually.See(() => Running.Telemetry.Count("traces", user.ToString()), n => n > 0, "the spans have come");
        foreach (var signal in (string[])["traces", "metrics", "logs"])
        {
            Assert.True(Running.Telemetry.Count(signal, "service.name") > 0, $"some {signal} have come");
            Assert.Equal(0, Running.Telemetry.Count(signal, mark));
        }
    }

    private async Task LookIntoTopics(string mark)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = Running.Kafka,
            GroupId = $"test-{Guid.CreateVersion7():N}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 10,
        }).Build();
        consumer.Subscribe(Topics.All);
        var messages = 0;
        HashSet<TopicPartition> ended = [];
        while (consumer.Assignment.Count == 0 || ended.Count < consumer.Assignment.Count)
        {
            var read = consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new TimeoutException($"{messages} messages and {ended.Count} of {consumer.Assignment.Count} partitions read, and nothing more for 30 s");
            if (read.IsPartitionEOF)
            {
                ended.Add(read.TopicPartition);
                continue;
            }
            messages++;
            AssertClean(mark, $"{read.TopicPartitionOffset}", read.Message.Key, read.Message.Value);
            foreach (var header in read.Message.Headers)
                AssertClean(mark, $"header {header.Key} of {read.TopicPartitionOffset}", header.GetValueBytes());
        }
        Assert.True(messages > 0);
    }

    private async Task LookIntoLogs(string mark)
    {
        foreach (var service in (string[])["signup", "email", "recommendations"])
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Running.Postgres) { Database = service }.ConnectionString);
            await connection.OpenAsync(Ct);
            await using var command = new NpgsqlCommand("select convert_from(data, 'UTF8') || e::text from log.events e", connection);
            await using var row = await command.ExecuteReaderAsync(Ct);
            while (await row.ReadAsync(Ct))
                AssertClean(mark, $"the log of {service}", Encoding.UTF8.GetBytes(row.GetString(0)));
        }
    }

    private void LookIntoFiles(string mark)
    {
        var files = Directory.GetFiles(Running.DataFolder, "*.log", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            AssertClean(mark, file, Encoding.Latin1.GetBytes(reader.ReadToEnd()));
        }
    }

    private static void AssertClean(string mark, string where, params ReadOnlySpan<byte[]?> contents)
    {
        foreach (var content in contents)
            Assert.False(Encoding.UTF8.GetString(content ?? []).Contains(mark, StringComparison.OrdinalIgnoreCase), $"the marked person stands in {where}");
    }
}
