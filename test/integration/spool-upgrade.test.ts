import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder } from './support/endings.js';
import { findRepeated } from './support/log-lines.js';
import { startWriter } from './support/log-writer.js';
import { startReceiver } from './support/otlp-receiver.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/spool-0.1.0', import.meta.url));

// Of that version's files nobody can be asked: they are taken over when nobody has touched them for two minutes.
test('what version 0.1.0 has left is delivered', { timeout: 200_000 }, async () => {
  const spool = makeFolder();
  cpSync(FIXTURE, spool, { recursive: true });
  const receiver = await startReceiver();
  startWriter(['steady', 'next', '1'], { collector: receiver.url, spool });
  await receiver.waitFor((records) => records.length >= 30, 180_000);
  const bodies = receiver.records.map(({ body }) => String(body)).filter((body) => body !== 'next 0');
  expect(bodies.toSorted()).toEqual(Array.from({ length: bodies.length }, (_, n) => `fixture ${n}`).toSorted());
  expect(findRepeated(receiver.records)).toEqual([]);
});
