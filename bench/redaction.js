#!/usr/bin/env node
/**
 * `node bench/redaction.js`: what redaction adds to a log line, in ns of this process's time (medians of rounds), and how
 * long it takes for texts that are made to be slow. Needs a build. `--quick` leaves the slow texts at a tenth.
 */
import { KeyJudge } from '../dist/redaction/key-judge.js';
import { ValueRedactor } from '../dist/redaction/value-redactor.js';
import { median } from './statistics.js';

const ROUNDS = 31;
const CALLS = 20_000;
const HOSTILE_CHARS = process.argv.includes('--quick') ? 1_000_000 : 10_000_000;

const redactor = new ValueRedactor(new KeyJudge({ keys: [], allowedKeys: [] }));
const message = 'GET /api/tracks/1234 answered 200 in 12.5 ms for a client at home, 2048 bytes, and the cache was warm';
const fields = {
  trackId: '8f14e45f',
  method: 'GET',
  status: 200,
  durationMs: 12.5,
  route: '/api/tracks/:id',
  client: '192.168.1.20',
  artist: 'The Example Band',
  album: 'A longer album title',
  cached: true,
  size: 2048,
};
const fieldsWithSecret = { ...fields, apiKey: 'abcdefgh12345678' };
const url = 'GET https://plex.home:32400/library?X-Plex-Token=abcdefgh12345678&X-Plex-Container-Size=50 failed: reset';
const { stack } = new Error('connect refused');

const CASES = {
  [`message of ${message.length} characters`]: () => redactor.redactText(message),
  '10 fields': () => redactor.redactMap(fields),
  'that message and those fields: a typical line': () => [redactor.redactText(message), redactor.redactMap(fields)],
  'the same with one secret among the fields': () => [
    redactor.redactText(message),
    redactor.redactMap(fieldsWithSecret),
  ],
  'message with a URL with a secret': () => redactor.redactText(url),
  [`stack of ${stack.length} characters`]: () => redactor.redactText(stack),
};

/** Repeated, each would make a scanner slow that looks at a part of the text more than once. */
const HOSTILE = [
  'password=',
  '"pwd":"\\',
  'pwd=a,b',
  '=',
  ':',
  '%3D',
  '://a:b/',
  'eyJ-',
  'basic ',
  '["a",',
  '<token>',
  '-----BEGIN ',
  'x_token {',
];

const say = (text) => process.stdout.write(`${text}\n`);

say(`ns of CPU a call, median of ${ROUNDS} rounds of ${CALLS} calls`);
for (const [name, run] of Object.entries(CASES)) say(`${measureNs(run).toFixed(0).padStart(8)}  ${name}`);
say(`ms of CPU for ${HOSTILE_CHARS / 1e6} MB of`);
for (const unit of HOSTILE) say(`${measureHostileMs(unit).toFixed(0).padStart(8)}  ${JSON.stringify(unit)}`);

function measureNs(run) {
  return median(
    Array.from({ length: ROUNDS }, () => {
      const micros = measureCpuMicros(() => {
        for (let i = 0; i < CALLS; i++) run();
      });
      return (micros / CALLS) * 1_000;
    }),
  );
}

function measureHostileMs(unit) {
  // What begins the text keeps it from being passed over.
  const text = `token=x ${unit.repeat(HOSTILE_CHARS / unit.length)}`;
  return measureCpuMicros(() => redactor.redactText(text)) / 1_000;
}

/** What this process used, which others on the machine do not lengthen as they do the time on the wall. */
function measureCpuMicros(run) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
