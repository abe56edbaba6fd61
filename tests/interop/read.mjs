// node read.mjs <broker> <topic> <count>: reads that many messages with KafkaJS and the CloudEvents SDK; prints them as one JSON array.
import { Kafka as Binding } from 'cloudevents';
import { Kafka, Partitioners, logLevel } from 'kafkajs';

const [broker, topic, count] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'interop', brokers: [broker], logLevel: logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
const { topics: [{ partitions }] } = await admin.fetchTopicMetadata({ topics: [topic] });
await admin.disconnect();
const partitionOf = Partitioners.DefaultPartitioner();

const consumer = kafka.consumer({ groupId: `interop-${process.pid}-${topic}`, maxWaitTimeInMs: 100 });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
const read = [];
const done = new Promise((resolve, reject) => consumer.run({
  eachMessage: async ({ partition, message }) => {
    try {
      const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, value.toString()]));
      const event = Binding.toEvent({ key: message.key.toString(), headers, value: message.value.toString(), body: message.value.toString(), timestamp: message.timestamp });
      event.validate();
      read.push({ event: event.toJSON(), key: message.key.toString(), partition, partitionInJavaScript: partitionOf({ topic, partitionMetadata: partitions, message }) });
      if (read.length === Number(count)) resolve();
    } catch (failure) {
      reject(failure);
    }
  },
}));
await done;
await consumer.disconnect();
console.log(JSON.stringify(read));
