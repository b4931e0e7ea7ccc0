// @needs collector, Elasticsearch, Kafka
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Elasticsearch } from '../../scripts/stack/elasticsearch.js';
import { startKafka, type Kafka, type KafkaSecurity } from '../../scripts/stack/kafka.js';
import { createSelfSigned } from '../integration/support/self-signed.js';
import { post } from '../stack/otlp.js';
import { deliver, Road, startServers, waitForLine } from './support/road.js';

let elasticsearch: Elasticsearch;
let kafka: Kafka;
beforeAll(async () => {
  const servers = await startServers();
  ({ elasticsearch, kafka } = servers);
  return servers.stop;
});

test('a topic that is not there is said, and its records are not acknowledged until it is', async () => {
  const road = new Road({ kafka, elasticsearch });
  const agent = await road.startAgent();
  await road.startGateway();
  const body = road.makeRequest(50);
  expect((await post(agent.url, body)).status).toBe(503);
  await waitForLine(agent, /kafka records export failed.*UNKNOWN_TOPIC_OR_PARTITION/);
  await road.createTopic();
  await deliver(agent, body);
  await road.expectAll();
  await road.waitForCommits();
});

test('a message that the topic refuses for its length is said, and is not acknowledged', async () => {
  const road = new Road({ kafka, elasticsearch });
  await road.createTopic({ 'max.message.bytes': '2000' });
  const agent = await road.startAgent();
  await road.startGateway();
  // Of the refused one nothing is counted: it is never sent again.
  const other = new Road({ kafka, elasticsearch });
  const noise = Array.from({ length: 4_000 }, () => Math.random().toString(36).slice(2, 4)).join('');
  expect((await post(agent.url, other.makeRequest(1, { noise }))).status).toBe(500);
  await waitForLine(agent, /kafka records export failed.*MESSAGE_TOO_LARGE/);
  await road.send(agent, 5);
  await road.expectAll();
});

test('what is not OTLP is said, and those behind it are stored', async () => {
  const road = new Road({ kafka, elasticsearch });
  await road.createTopic();
  const asJson = join(elasticsearch.folder, 'as-json.yaml');
  writeFileSync(asJson, 'exporters: { kafka: { logs: { encoding: otlp_json } } }');
  const json = await road.startAgent({}, [asJson]);
  const gateway = await road.startGateway();
  const unread = new Road({ kafka, elasticsearch });
  // One to each partition, so that something comes behind each.
  for (let request = 0; request < 7; request += 1) await deliver(json, unread.makeRequest(request + 1));
  await waitForLine(gateway, /failed to unmarshal message/);
  const agent = await road.startAgent();
  for (let request = 0; request < 7; request += 1) await road.send(agent, request + 1);
  await road.expectAll();
  await road.waitForCommits();
});

test('a topic that a user may not write to is said, and its records are not acknowledged until he may', async () => {
  const { security, caFile, passwordFile } = makeSecurity();
  const secure = await startKafka({
    security,
    settings: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  });
  onTestFinished(() => secure.stop());
  writeFileSync(passwordFile, security.password);
  const road = makeSecureRoad(secure, caFile, passwordFile);
  await road.createTopic();
  const agent = await road.startAgent();
  await road.startGateway();
  const body = road.makeRequest(50);
  expect((await post(agent.url, body)).status).toBe(500);
  await waitForLine(agent, /kafka records export failed.*TOPIC_AUTHORIZATION_FAILED/);
  await secure.allow(security.user, road.topic);
  await deliver(agent, body);
  await road.expectAll();
  await road.waitForCommits();
});

test('a wrong password is said at both ends, and what was sent meanwhile is stored when it is right', async () => {
  const { security, caFile, passwordFile } = makeSecurity();
  const secure = await startKafka({ security });
  onTestFinished(() => secure.stop());
  writeFileSync(passwordFile, 'a-wrong-one');
  const road = makeSecureRoad(secure, caFile, passwordFile);
  await road.createTopic();
  const agent = await road.startAgent();
  const gateway = await road.startGateway();
  const body = road.makeRequest(100);
  const refused = post(agent.url, body).then(
    ({ status }) => status,
    () => 'no answer',
  );
  await waitForLine(agent, /SASL_AUTHENTICATION_FAILED/);
  await waitForLine(gateway, /SASL_AUTHENTICATION_FAILED/);
  for (const { output } of [agent, gateway]) expect(output).not.toContain('a-wrong-one');
  await agent.kill();
  expect(await refused).not.toBe(200);
  await gateway.kill();
  writeFileSync(passwordFile, security.password);
  await agent.start();
  await gateway.start();
  await deliver(agent, body);
  await road.expectAll();
  await road.waitForCommits();
});

interface Security {
  readonly security: KafkaSecurity;
  readonly caFile: string;
  /** Not written yet. */
  readonly passwordFile: string;
}

/** A user of the broker, and files for the collectors. */
function makeSecurity(): Security {
  const certificate = createSelfSigned();
  const caFile = join(elasticsearch.folder, 'kafka.crt');
  writeFileSync(caFile, certificate.cert);
  const passwordFile = join(elasticsearch.folder, 'kafka.password');
  return { security: { user: 'barbossa', password: 'the-right-one', ...certificate }, caFile, passwordFile };
}

/** A road whose collectors trust the broker's certificate and log in. */
function makeSecureRoad(secure: Kafka, caFile: string, passwordFile: string): Road {
  const env = {
    BARBOSSA_KAFKA_PLAINTEXT: 'false',
    BARBOSSA_KAFKA_CA_FILE: caFile,
    BARBOSSA_KAFKA_PASSWORD_FILE: passwordFile,
  };
  return new Road({ kafka: secure, elasticsearch, env, configs: ['kafka-with-login.yaml'] });
}
