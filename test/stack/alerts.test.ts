// @needs Prometheus
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { testRuleFiles } from '../../scripts/mutations/promtool.js';
import { listRuleFiles, nameTest, readRules } from '../../scripts/rules/rule-files.js';
import { findPrometheus } from '../../scripts/stack/install-prometheus.js';
import { fromRoot } from '../../scripts/stack/paths.js';
import { copyConfig } from '../../scripts/stack/prometheus.js';
import { PROMETHEUS } from '../../scripts/stack/versions.js';

const FOLDER = fromRoot('deploy/prometheus');

/** Runs promtool with nothing in its environment. */
function runPromtool(...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(findPrometheus().promtool, args, { env: {}, cwd: FOLDER }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

test('promtool is of the pinned version', async () => {
  expect((await runPromtool('--version')).output).toContain(`version ${PROMETHEUS.version} `);
});

test('promtool finds nothing wrong with the configuration, nor with any file that it names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-alerts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { code, output } = await runPromtool('check', 'config', '--lint=all', '--lint-fatal', copyConfig(folder));
  expect(output).not.toContain('FAILED');
  expect(code).toBe(0);
  expect(output).toContain(`${listRuleFiles().length} rule files found`);
  const counts = Array.from(output.matchAll(/SUCCESS: (\d+) rules found/g), ([, count]) => Number(count));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(readRules().length);
});

test('each alert and each recording rule does what its tests say', async () => {
  const tests = listRuleFiles().map((file) => join(FOLDER, nameTest(file)));
  const passed = await testRuleFiles(findPrometheus().promtool, tests);
  expect(Array.from(passed)).toStrictEqual(tests);
});

test('these tests notice another threshold', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-alerts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'alerts'));
  const text = readFileSync(join(FOLDER, 'alerts/host.yml'), 'utf8');
  expect(text).toContain('< 0.1\n');
  writeFileSync(join(folder, 'alerts/host.yml'), text.replace('< 0.1\n', '< 0.09\n'));
  writeFileSync(join(folder, 'alerts/host.test.yml'), readFileSync(join(FOLDER, 'alerts/host.test.yml')));
  const passed = await testRuleFiles(findPrometheus().promtool, [join(folder, 'alerts/host.test.yml')]);
  expect(passed.size).toBe(0);
});
