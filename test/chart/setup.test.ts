// @needs Helm
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ElasticsearchDouble } from '../unit/deploy/elasticsearch-double.js';
import { get, LEAST, render } from './support/render.js';

const objects = render([LEAST, { setup: { replicas: 2, retentionDays: 7 } }]);

/** A volume of a ConfigMap as the kubelet lays it out: what has a name leads over `..data` to a folder that is replaced as a whole. */
function layOut(folder: string, files: Readonly<Record<string, string>>): void {
  const content = join(folder, '..2026_11_29');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(content, path)), { recursive: true });
    writeFileSync(join(content, path), text);
  }
  symlinkSync('..2026_11_29', join(folder, '..data'));
  const names = new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''));
  for (const name of names) symlinkSync(join('..data', name), join(folder, name));
}

test('the job runs from its volume, with what it is told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-chart-setup-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { volumes = [], containers } = get(objects, 'Job', '-setup').spec?.template?.spec ?? { containers: [] };
  const { data = {} } = get(objects, 'ConfigMap', '-setup');
  const items = volumes.find(({ name }) => name === 'program')?.configMap?.items ?? [];
  layOut(folder, Object.fromEntries(items.map(({ key, path }) => [path, data[key] ?? ''])));

  const server = await ElasticsearchDouble.start();
  const env: Record<string, string> = {};
  for (const { name, value = '' } of containers[0]?.env ?? []) env[name] = value;
  writeFileSync(join(folder, 'setup.password'), 'password');
  env['BARBOSSA_ELASTICSEARCH_URL'] = server.url;
  env['BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE'] = join(folder, 'setup.password');

  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, [join(folder, 'setup.js')], { env, timeout: 20_000 }, (_, stdout, stderr) => {
      resolve(`${stdout}${stderr}`);
    });
  });
  expect(said).toMatch(/\nsetup: done\n$/);
  expect(JSON.stringify(server.stored.get('/_index_template/barbossa-logs'))).toContain('"number_of_replicas":"2"');
  expect(JSON.stringify(server.stored.get('/_ilm/policy/barbossa-logs'))).toContain('"min_age":"7d"');
});
