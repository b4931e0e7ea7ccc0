import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from './support/app-process.js';

/** A network and an /etc of its own: `$1` is its resolv.conf, `$2` its hosts file. */
const ISOLATE =
  'ip link set lo up && mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"';
const UNSHARE = ['unshare', '--user', '--map-root-user', '--mount', '--net', 'sh', '-c', ISOLATE, 'sh'];

function writeFiles(resolv: string, hosts: string): [string, string] {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-lookup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = [path.join(folder, 'resolv.conf'), path.join(folder, 'hosts')] as [string, string];
  writeFileSync(files[0], resolv);
  writeFileSync(files[1], hosts);
  return files;
}

function canIsolate(): boolean {
  const [command = '', ...args] = UNSHARE;
  return spawnSync(command, [...args, '/etc/hosts', '/etc/hosts', 'getent', 'hosts', 'localhost']).status === 0;
}

interface Seen {
  readonly asked: readonly string[];
  readonly found: string;
}

test.skipIf(!canIsolate()).each([
  ['search a.example b.example', ['collector', 'a.b', 'a.b.c', 'collector.', 'known', 'KNOWN', 'known.', 'six']],
  ['search a.example\noptions ndots:3', ['collector', 'a.b.c', 'a.b.c.d']],
  ['domain a.example\noptions ndots:2', ['collector', 'a.b.c']],
  ['search . a.example', ['collector']],
  ['', ['collector', 'a.b']],
])('names are asked for as getent asks for them: %j', async (rules, names) => {
  const files = writeFiles(`nameserver 127.0.0.1\n${rules}\n`, '10.0.0.7 known # it\nfd00::8 six\n');
  const app = startApp('lookup-order.mjs', { args: names, nodeOptions: [], wrapper: [...UNSHARE, ...files] });
  const [, json = ''] = await app.waitFor(/^(\{.*\})$/m);
  const seen = JSON.parse(json) as Record<string, { readonly theirs: Seen; readonly ours: Seen }>;
  expect(Object.keys(seen)).toEqual(names);
  for (const [name, { theirs, ours }] of Object.entries(seen)) expect(ours, name).toEqual(theirs);
});
