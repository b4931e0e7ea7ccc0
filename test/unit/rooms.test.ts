import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ROOMS } from '../../scripts/rooms/rooms.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('each folder of src is a room, and knows rooms above it only', () => {
  const folders = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).toSorted()).toEqual(ROOMS.map(({ name }) => name).toSorted());
  for (const [index, { knows }] of ROOMS.entries()) {
    const above = ROOMS.slice(0, index).map(({ name }) => name);
    for (const known of knows) expect(above).toContain(known);
  }
});

/** What the linter says of a file with one import. */
function lint(file: string, imported: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-rooms-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
  copyFileSync(path.join(ROOT, 'scripts/rooms/oxlint.json'), path.join(folder, '.oxlintrc.json'));
  writeFileSync(path.join(folder, file), `import { a } from '${imported}';\nexport const b = a;\n`);
  try {
    return execFileSync(process.execPath, [path.join(ROOT, 'node_modules/oxlint/bin/oxlint')], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
}

test.each([
  ['src/delivery/sender.ts', '../logs/record.js', 'delivery/ knows'],
  ['src/jobs/bullmq/job-hook.ts', '../../http/exchange.js', 'jobs/ knows'],
  ['src/context/silence.ts', '../diagnostics/diag.js', 'context/ knows no other room'],
  ['src/admin/server.ts', '../register.js', 'admin/ knows'],
  ['src/index.ts', './start/start.js', 'The public API works without the preload'],
  ['src/register.ts', './http/exchange.js', 'The preload guards and starts'],
  ['src/http/exchange.ts', '@opentelemetry/sdk-node', 'Only src/otel/'],
  ['src/otel/traces.ts', '@opentelemetry/sdk-node', 'The SDK is heavy'],
])('%s that imports %s is a breach', (file, imported, message) => {
  expect(lint(file, imported)).toContain(message);
});

test.each([
  ['src/delivery/sender.ts', './transport.js'],
  ['src/http/outgoing/call.ts', '../exchange.js'],
  ['src/jobs/celery/listener.ts', '../redis/connection.js'],
  ['src/logs/record.ts', '../redaction/names.js'],
  ['src/http/exchange.ts', '@opentelemetry/api'],
])('%s may import %s', (file, imported) => {
  expect(lint(file, imported)).toMatch(/Found 0 warnings and 0 errors/);
});
