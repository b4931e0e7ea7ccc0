import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TSC } from '../../../../scripts/project/build.js';
import { inCache, inProject } from '../../../../scripts/project/root.js';
import { readTexts } from '../../../../deploy/grafana/builder/read.js';

/** What the compiler says of texts, each as a value of the published type of a dashboard. */
async function compile(texts: Readonly<Record<string, string>>): Promise<string> {
  mkdirSync(inCache(''), { recursive: true });
  // In the project, so that the packages are found.
  const folder = mkdtempSync(inCache('grafana-types-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const types = relative(folder, inProject('test/unit/deploy/grafana/published-types.js'));
  for (const [name, text] of Object.entries(texts)) {
    const code = `import type { DashboardFile } from '${types}';\nexport const dashboard: DashboardFile = ${text};\n`;
    writeFileSync(join(folder, `${name.replace('.json', '')}.ts`), code);
  }
  const config = { extends: relative(folder, inProject('test/tsconfig.json')), include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return new Promise((resolve) => {
    execFile(process.execPath, [inProject(TSC), '-p', folder], (error, stdout, stderr) => {
      resolve(error === null ? '' : `${stdout}${stderr}`);
    });
  });
}

test('the dashboards are what the published types of Grafana say', { timeout: 60_000 }, async () => {
  expect(await compile(readTexts())).toBe('');
});

test.each([
  ['an option that there is not', '"showLegend": true', '"showLegends": true', 'showLegends'],
  ['a value that an option does not have', '"displayMode": "list"', '"displayMode": "lists"', '"lists"'],
  ['a kind of panel that is gone', '"type": "timeseries"', '"type": "graph"', '"graph"'],
  ['a query with an unknown part', '"legendFormat":', '"legend":', 'legend'],
])('%s is found', { timeout: 60_000 }, async (_, from, to, said) => {
  const text = readTexts()['overview.json'] ?? '';
  expect(text).toContain(from);
  expect(await compile({ 'overview.json': text.replace(from, to) })).toContain(said);
});
