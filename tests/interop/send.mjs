// node send.mjs <broker> <topic> <times>: sends the CloudEvents of the JSON array on stdin that many times over, in binary mode.
import { text } from 'node:stream/consumers';
import { CloudEvent, Kafka as Binding } from 'cloudevents';
import { Kafka, Partitioners, logLevel } from 'kafkajs';

const [broker, topic, times] = process.argv.slice(2);
const events = JSON.parse(await text(process.stdin)).map(event => new CloudEvent(event));
const kafka = new Kafka({ clientId: 'interop', brokers: [broker], logLevel: logLevel.NOTHING });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();
for (let time = 0; time < Number(times); time++) {
  await producer.send({
    topic,
    messages: events.map(event => {
      const { headers, value } = Binding.binary(event);
      const given = Object.fromEntries(Object.entries(headers).filter(([, header]) => header !== undefined)); // it names absent attributes too
      return { key: event.partitionkey, headers: given, value: typeof value === 'string' ? value : JSON.stringify(value) };
    }),
  });
}
await producer.disconnect();
console.log('[]');
