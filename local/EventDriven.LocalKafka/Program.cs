using System.Globalization;
using EventDriven.LocalKafka;

// Apache Kafka where KAFKA_HOME names a distribution, else a broker in this process's memory.
if (args is not [var first, var second, var data]
    || !int.TryParse(first, CultureInfo.InvariantCulture, out var port)
    || !int.TryParse(second, CultureInfo.InvariantCulture, out var controllerPort))
{
    await Console.Error.WriteLineAsync("Usage: EventDriven.LocalKafka <port> <controller's port> <data folder>");
    return 64;
}

return Environment.GetEnvironmentVariable("KAFKA_HOME") is { Length: > 0 } home
    ? await ApacheKafka.Run(home, port, controllerPort, Path.GetFullPath(data))
    : await InMemoryBroker.Run(port);
