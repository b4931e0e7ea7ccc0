import { randomUUID } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { startCollector, type Collector } from '../../../scripts/stack/collector.js';
import type { Elasticsearch } from '../../../scripts/stack/elasticsearch.js';
import { startKafka, type Kafka } from '../../../scripts/stack/kafka.js';
import { startReadyElasticsearch } from '../../../scripts/stack/setup-elasticsearch.js';
import { waitUntil } from '../../../scripts/stack/wait-until.js';
import { makeRecord, makeRequest, post } from '../../stack/otlp.js';
import { waitForDocuments, withRequestId } from '../../stack/stack.js';

/** What a test's collectors share with those of no other test. */
interface Place {
  readonly kafka: Kafka;
  readonly elasticsearch: Elasticsearch;
  readonly env?: Readonly<Record<string, string>>;
  /** More files of otel-collector/ for both. */
  readonly configs?: readonly string[];
}

/** Starts what the tests of a file share. Nothing is left where one of both does not come up. */
export async function startServers() {
  const elasticsearch = await startReadyElasticsearch();
  const kafka = await startKafka().catch(async (error: unknown) => {
    await elasticsearch.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await kafka.stop();
    await elasticsearch.stop();
  };
  return { elasticsearch, kafka, stop };
}

/** The road of a record in one test, with a topic and a group of its own. */
export class Road {
  readonly topic = `logs-${randomUUID()}`;
  readonly group = `gateways-${randomUUID()}`;
  readonly requestId = randomUUID();
  readonly #place: Place;
  /** By message: each of them is sent once, however often it is tried. */
  #sent = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  get sent(): number {
    return this.#sent;
  }

  async createTopic(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    // As deploy/README.md has it made.
    await this.#place.kafka.createTopic(this.topic, { settings: { 'max.message.bytes': '4000000', ...settings } });
  }

  startAgent(env: Readonly<Record<string, string>> = {}, configs: readonly string[] = []): Promise<Collector> {
    return this.#start(['agent.yaml', 'agent-to-kafka.yaml', ...configs], env);
  }

  startGateway(env: Readonly<Record<string, string>> = {}, configs: readonly string[] = []): Promise<Collector> {
    return this.#start(['gateway.yaml', 'gateway-from-kafka.yaml', ...configs], env);
  }

  async #start(configs: readonly string[], env: Readonly<Record<string, string>>): Promise<Collector> {
    const { kafka, elasticsearch, env: common = {}, configs: more = [] } = this.#place;
    const collector = await startCollector({
      elasticsearch: elasticsearch.writer,
      configs: [...configs, ...more],
      env: {
        BARBOSSA_KAFKA_BROKERS: `[${kafka.broker}]`,
        BARBOSSA_KAFKA_LOGS_TOPIC: this.topic,
        BARBOSSA_KAFKA_GROUP: this.group,
        BARBOSSA_KAFKA_PLAINTEXT: 'true',
        ...common,
        ...env,
      },
    });
    onTestFinished(() => collector.stop());
    return collector;
  }

  /** One request of some records, of one of a few services. */
  makeRequest(count: number, attributes: Readonly<Record<string, unknown>> = {}): string {
    const records = Array.from({ length: count }, () =>
      makeRecord({ message: `m${(this.#sent += 1)}`, attributes: { request_id: this.requestId, ...attributes } }),
    );
    return makeRequest(records, { resource: { 'service.name': `service-${this.#sent % 7}` } });
  }

  /** Sends some records as an application does: the same request until it is acknowledged. */
  async send(agent: Collector, count: number, attributes: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await deliver(agent, this.makeRequest(count, attributes));
  }

  /** What the gateways have told Kafka. */
  readGroup(): ReturnType<Kafka['readGroup']> {
    return this.#place.kafka.readGroup(this.group);
  }

  /** Waits until the gateways have committed all that is in the topic. */
  async waitForCommits(): Promise<void> {
    await waitUntil(
      async () => {
        const { committed, written } = await this.readGroup();
        return written > 0 && committed === written;
      },
      { what: 'all is committed', timeoutMs: 60_000, everyMs: 500 },
    );
  }

  /** All that was sent is stored, each once. */
  async expectAll(timeoutMs = 90_000): Promise<void> {
    const documents = await waitForDocuments(
      this.#place.elasticsearch,
      withRequestId(this.requestId),
      this.#sent,
      timeoutMs,
    );
    expect(new Set(documents.map(({ _source: source }) => source['message'])).size).toBe(this.#sent);
  }
}

/** The same request until it is acknowledged. */
export async function deliver(agent: Collector, body: string): Promise<void> {
  let last = '';
  await waitUntil(
    async () => {
      const { status, text } = await post(agent.url, body);
      last = `${status} ${text}`;
      return status === 200;
    },
    { what: 'the agent acknowledges', timeoutMs: 90_000, everyMs: 250, detail: () => last },
  );
}

/** Waits until a collector's log has a line, and gives it. */
export function waitForLine(collector: Collector, pattern: RegExp, timeoutMs = 60_000): Promise<string> {
  const find = (): string | undefined => collector.output.split('\n').find((line) => pattern.test(line));
  return waitUntil(find, { what: String(pattern), timeoutMs, detail: () => collector.output.slice(-6000) });
}
