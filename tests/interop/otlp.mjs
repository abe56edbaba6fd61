// A program that is not ours sends its telemetry to the dashboard, with OpenTelemetry's own SDK.
// Arguments: the address for traces, the key. Input: JSON {service, topic, group, messages}. Prints what became of each export.
import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { text } from 'node:stream/consumers';

const [url, key] = process.argv.slice(2);
const { service, topic, group, messages } = JSON.parse(await text(process.stdin));

const outcomes = [];
const exporter = new OTLPTraceExporter({ url, headers: { 'x-otlp-api-key': key } });
const send = exporter.export.bind(exporter);
exporter.export = (spans, done) => send(spans, result => {
  outcomes.push({ spans: spans.length, ok: result.code === 0, error: result.error?.message ?? null });
  done(result);
});

const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': service }),
  spanProcessors: [new SimpleSpanProcessor(exporter)],
});
const tracer = provider.getTracer('interop');
const about = (operation, id) => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': topic,
  'messaging.operation.type': operation,
  'messaging.message.id': id,
});
for (let i = 0; i < messages; i++) {
  tracer.startSpan(`send ${topic}`, { kind: SpanKind.PRODUCER, attributes: about('send', `m-${i}`) }).end();
  tracer.startSpan(`process ${topic}`, {
    kind: SpanKind.CONSUMER,
    attributes: { ...about('process', `m-${i}`), 'messaging.consumer.group.name': group },
  }).end();
}
await provider.forceFlush().catch(() => {}); // what was refused stands among the outcomes
console.log(JSON.stringify(outcomes));
