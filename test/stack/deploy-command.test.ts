// @needs compose files
// What `barbossa-telemetry deploy` has written is a stack that starts: compose-go reads it as it reads the repository's.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readComposeModel } from '../../scripts/stack/compose-model.js';
import { fromRoot } from '../../scripts/stack/paths.js';

test('with its own .env.example, it is the stack without the sample, and every file that it mounts is there', () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'barbossa-deployed-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync(process.execPath, [fromRoot('dist/cli.js'), 'deploy', folder], { stdio: 'pipe' });
  // As README.md in it says.
  const envFile = path.join(folder, 'deploy/.env');
  copyFileSync(path.join(folder, 'deploy/.env.example'), envFile);
  const [, names = ''] = /^COMPOSE_FILE=(.+)$/m.exec(readFileSync(envFile, 'utf8')) ?? [];
  const files = names.split(':');
  expect(files).toEqual(['compose.yaml', 'compose.own-application.yaml']);

  const written = readComposeModel({ files: files.map((file) => path.join(folder, 'deploy', file)), envFile });
  const original = readComposeModel({ files, envFile: '.env.example' });
  expect(JSON.parse(JSON.stringify(written).replaceAll(folder, fromRoot('').slice(0, -1)))).toEqual(original);
  expect(Object.keys(written.services)).toEqual(expect.arrayContaining(['collector', 'grafana', 'prometheus']));
  expect(written.services).not.toHaveProperty('web');

  for (const [name, { volumes = [], build }] of Object.entries(written.services)) {
    for (const { type, source = '' } of volumes) {
      if (type === 'bind' && source.startsWith(folder)) expect(existsSync(source), `${name}: ${source}`).toBe(true);
    }
    if (build !== undefined) expect(existsSync(path.join(build.context, build.dockerfile)), name).toBe(true);
  }
});
