import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { inProject } from '../../../../scripts/project/root.js';

const SECRETS = { 'kibana.token': 'the-token', 'kibana.key': 'k'.repeat(48) };

/** What start.sh gives a program of its environment, where /run/secrets is a folder of the test's. */
function start(): Record<string, string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'barbossa-kibana-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(SECRETS)) writeFileSync(path.join(folder, name), `${text}\n`);
  const script = path.join(folder, 'start.sh');
  const text = readFileSync(inProject('deploy/kibana/start.sh'), 'utf8');
  writeFileSync(script, text.replaceAll('/run/secrets/', `${folder}/`));
  const print = 'process.stdout.write(JSON.stringify(process.env))';
  const answer = execFileSync('/bin/sh', [script, process.execPath, '-e', print], {
    encoding: 'utf8',
    env: { A: 'b' },
  });
  return JSON.parse(answer) as Record<string, string>;
}

const yaml = readFileSync(inProject('deploy/kibana/kibana.yml'), 'utf8');
const compose = parse(readFileSync(inProject('deploy/compose.yaml'), 'utf8'), { merge: true, maxAliasCount: -1 }) as {
  services: { kibana: { environment: Record<string, string> } };
};

test('every variable of kibana.yml is given, by start.sh or by compose.yaml', () => {
  const given = { ...start(), ...compose.services.kibana.environment };
  const used = Array.from(yaml.matchAll(/\$\{(\w+)\}/g), ([, name = '']) => name);
  expect(used.length).toBeGreaterThan(3);
  expect(used.filter((name) => (given[name] ?? '') === '')).toEqual([]);
});

test('start.sh gives the secrets without the line break, and becomes the program', () => {
  expect(start()).toMatchObject({ BARBOSSA_KIBANA_TOKEN: 'the-token', BARBOSSA_KIBANA_KEY: 'k'.repeat(48), A: 'b' });
});

test('no secret stands in kibana.yml, and certificates are verified', () => {
  const config = parse(yaml) as Record<string, unknown>;
  const secrets = Object.entries(config).filter(([key]) => /token|key$|password/i.test(key));
  expect(secrets.length).toBeGreaterThan(2);
  for (const [, value] of secrets) expect(value).toMatch(/^\$\{\w+\}$/);
  expect(config).toMatchObject({ 'elasticsearch.ssl.certificateAuthorities': ['/run/secrets/ca.crt'] });
  expect(yaml).not.toContain('verificationMode');
});
