using System.Text;
using Confluent.Kafka;
using EventDriven.Contracts;
using EventDriven.SystemTests.Support;
using Npgsql;

namespace EventDriven.SystemTests.Flows;

/// <summary>A marked person signs up, and the test looks for the mark wherever it must not be.</summary>
public abstract class PersonalDataFlow(RunningSystem system) : FlowTest(system)
{
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
        var (ends, messages) = (0, 0);
        await Eventually.See(() =>
        {
            var read = consumer.Consume(TimeSpan.FromMilliseconds(100));
            if (read is { IsPartitionEOF: true })
                ends++;
            else if (read is not null)
            {
                messages++;
                AssertClean(mark, $"{read.TopicPartitionOffset}", read.Message.Key, read.Message.Value);
                foreach (var header in read.Message.Headers)
                    AssertClean(mark, $"header {header.Key} of {read.TopicPartitionOffset}", header.GetValueBytes());
            }
            return consumer.Assignment.Count > 0 && ends >= consumer.Assignment.Count;
        }, done => done, "all topics read");
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

[Collection("in-memory broker")]
public sealed class PersonalData_on_the_in_memory_broker(InMemorySystem system) : PersonalDataFlow(system);

[Collection("Apache Kafka")]
public sealed class PersonalData_on_Apache_Kafka(KafkaSystem system) : PersonalDataFlow(system);
