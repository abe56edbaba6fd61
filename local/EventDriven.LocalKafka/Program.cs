using System.Globalization;
using EventDriven.LocalKafka;

// LocalKafka <port> <data folder>: Apache Kafka where KAFKA_HOME names a distribution, else a broker in this process's memory.
if (args is not [var port, var data] || !int.TryParse(port, CultureInfo.InvariantCulture, out var number))
{
    await Console.Error.WriteLineAsync("Usage: EventDriven.LocalKafka <port> <data folder>; KAFKA_HOME names an Apache Kafka distribution.");
    return 64;
}

return Environment.GetEnvironmentVariable("KAFKA_HOME") is { Length: > 0 } home
    ? await ApacheKafka.Run(home, number, Path.GetFullPath(data))
    : await InMemoryBroker.Run(number);
