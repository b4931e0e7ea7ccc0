/** `node bench/protocols.js`: what a batch of 1,024 log records costs in each protocol, in CPU and in bytes. Needs a build. */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { encodeRecord } from '../dist/logs/encode.js';
import { describeEntry } from '../dist/logs/record.js';
import { encodeProtobuf } from '../dist/delivery/protobuf.js';
import { Scratch } from '../dist/delivery/scratch.js';
import { printRequest } from '../dist/delivery/segment.js';

const RECORDS = 1_024;
const ROUNDS = 200;
const RESOURCE =
  '{"attributes":[{"key":"service.name","value":{"stringValue":"barbossa"}}],"droppedAttributesCount":0}';

const lines = Array.from({ length: RECORDS }, (_, n) => ({
  scope: '{"name":"http"}',
  record: encodeRecord(
    describeEntry({
      id: randomUUID(),
      timeMs: Date.now(),
      level: 'INFO',
      severityNumber: 9,
      logger: 'http',
      message: `GET /api/tracks/${n} 200`,
      requestId: randomUUID(),
      extras: { durationMs: n % 90, method: 'GET', url: `/api/tracks/${n}`, status: 200 },
      context: ROOT_CONTEXT,
    }),
  ),
}));

const scratch = new Scratch();
const protocols = {
  'http/json': async () => {
    const bytes = scratch.encode(printRequest(RESOURCE, lines));
    scratch.giveBack(bytes);
    return bytes;
  },
  'http/protobuf': () => encodeProtobuf(printRequest(RESOURCE, lines)),
};

for (const [name, encode] of Object.entries(protocols)) {
  const micros = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await encode();
    const { user, system } = process.cpuUsage(before);
    micros.push(user + system);
  }
  const median = micros.toSorted((a, b) => a - b)[ROUNDS / 2] ?? 0;
  const bytes = await encode();
  process.stdout.write(`${name}: ${median} µs, ${bytes.length} bytes, with gzip ${gzipSync(bytes).length}\n`);
}
