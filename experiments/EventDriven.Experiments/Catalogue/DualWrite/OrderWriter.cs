using Confluent.Kafka;
using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventDriven.Experiments.Catalogue.DualWrite;

/// <summary>Writes orders as fast as it can until somebody kills it: a process of its own.</summary>
internal static class OrderWriter
{
    public const string SaveThenPublish = "save-then-publish", Append = "append";
    public const string PostgresVariable = "LAB_POSTGRES", KafkaVariable = "LAB_KAFKA", NameVariable = "LAB_NAME";

    public static MessageTypes Types(string name) => [MessageType.Published<OrderSaved>($"{name}.order-saved.v1", name + ".events")];

    public static async Task Run(string way)
    {
        var name = Read(NameVariable);
        await using var app = await LabService.Start(
            Read(PostgresVariable), Read(KafkaVariable), name, Types(name), builder => builder.AddMessaging(), map: null, CancellationToken.None);
        var (log, database) = (app.Services.GetRequiredService<EventLog>(), app.Services.GetRequiredService<NpgsqlDataSource>());
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = Read(KafkaVariable), Acks = Acks.All, EnableIdempotence = true, LingerMs = 0 }).Build();
        producer.InitialiseMetadata(name + ".events");
        await Write(Guid.CreateVersion7()); // the first one takes long; the kill is to meet those that follow
        Console.WriteLine("writing");
        while (true)
            await Write(Guid.CreateVersion7());

        Task Write(Guid order) => way == SaveThenPublish ? SaveAndPublish(order) : AppendWithState(order);

        async Task SaveAndPublish(Guid order)
        {
            await using (var save = database.CreateCommand("insert into orders values ($1)"))
            {
                save.Parameters.Add(new() { Value = order });
                await save.ExecuteNonQueryAsync();
            }
            await producer.ProduceAsync(name + ".events", new() { Key = new StreamName("order", order).ToString(), Value = "{}"u8.ToArray() });
        }

        Task AppendWithState(Guid order) => log.Append(
            new("order", order), ExpectedVersion.NoStream, Cause.Begin(), [new(new OrderSaved(order))], [new("insert into orders values ($1)", order)], CancellationToken.None);
    }

    private static void InitialiseMetadata(this IProducer<string, byte[]> producer, string topic)
    {
        using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
        admin.GetMetadata(topic, TimeSpan.FromSeconds(10));
    }

    private static string Read(string variable) => Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"{variable} is missing: an experiment starts this process.");

    internal sealed record OrderSaved(Guid OrderId);
}
