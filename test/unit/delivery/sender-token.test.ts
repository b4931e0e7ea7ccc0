import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSender } from '../../../src/delivery/sender.js';
import { makePipe } from '../../integration/support/temporary-files.js';

test('each request has the token that the file has now, before any header; without one nothing is sent', async () => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headersDistinct['authorization']);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  const folder = mkdtempSync(path.join(tmpdir(), 'barbossa-token-'));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  await new Promise((resolve) => void server.once('listening', resolve));
  const file = path.join(folder, 'token');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
  const headers = { Authorization: 'Bearer of the environment' };
  const sender = createSender({ url, headers, tokenFile: file, timeoutMs: 5_000, compression: 'none' });
  onTestFinished(() => sender.close());
  expect(await sender.send(['{}'])).toMatchObject({
    outcome: 'retry',
    reason: expect.stringContaining('ENOENT') as string,
  });
  for (const text of ['', ' \n', 'a\nb']) {
    writeFileSync(file, text);
    expect(await sender.send(['{}'])).toEqual({ outcome: 'retry', reason: `${file} has no token in it` });
  }
  rmSync(file);
  makePipe(file);
  expect(await sender.send(['{}'])).toEqual({ outcome: 'retry', reason: `${file} is not a file` });
  rmSync(file);
  for (const token of ['first\n', 'second']) {
    writeFileSync(file, token);
    expect(await sender.send(['{}'])).toMatchObject({ outcome: 'accepted' });
  }
  expect(seen).toEqual([['Bearer first'], ['Bearer second']]);
});
