// @needs Alertmanager
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findAlertmanager } from '../../scripts/stack/install-alertmanager.js';
import { fromRoot } from '../../scripts/stack/paths.js';
import { ALERTMANAGER } from '../../scripts/stack/versions.js';
import { writeFiles } from './given-files.js';

const CONFIG = fromRoot('deploy/alertmanager/alertmanager.yml');
const MAIL = {
  BARBOSSA_ALERT_MAIL_TO: 'a@b.example',
  BARBOSSA_SMTP_SMARTHOST: 'h:25',
  BARBOSSA_SMTP_FROM: 'c@d.example',
};

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'] ?? '', ...env } };
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout, errors: stderr });
    });
  });
}

function runAmtool(...args: string[]): ReturnType<typeof run> {
  return run(findAlertmanager().amtool, args);
}

function render(env: Readonly<Record<string, string>>): ReturnType<typeof run> {
  return run('/bin/sh', [fromRoot('deploy/alertmanager/start.sh'), '--render'], env);
}

test('amtool is of the pinned version', async () => {
  expect((await runAmtool('--version')).output).toContain(`version ${ALERTMANAGER.version} `);
});

describe('amtool finds nothing wrong with', () => {
  test('alertmanager.yml and its templates, as they are', async () => {
    const { code, output } = await runAmtool('check-config', CONFIG);
    expect(output).toContain('Found:');
    expect(output).toContain('3 receivers');
    expect(output).toContain('1 templates');
    expect(code).toBe(0);
  });

  test.each([
    ['without any setting', {}],
    ['with mail', MAIL],
    ['with a sender that has signs of YAML in its name', { ...MAIL, BARBOSSA_SMTP_FROM: `"O'Neil: #1" <c@d.example>` }],
  ])('what start.sh makes of it %s', async (_, env) => {
    const { output: text } = await render(env);
    const folder = writeFiles({ 'alertmanager.yml': text });
    expect(await runAmtool('check-config', join(folder, 'alertmanager.yml'))).toMatchObject({ code: 0 });
  });
});

test('start.sh puts in what is set, and leaves out what is not', async () => {
  const { output: none, errors } = await render({});
  expect(none).not.toMatch(/^ +(email|slack|webhook)_configs:|^ +smtp_auth_username/m);
  expect(errors).toContain('nobody is told of alerts');
  const folder = writeFiles({ url: 'http://127.0.0.1' });
  const env = { BARBOSSA_SLACK_CHANNEL: "#o'clock", BARBOSSA_SLACK_URL_FILE: join(folder, 'url') };
  const { output: slack } = await render(env);
  expect(slack).toContain("- channel: '#o''clock'");
  expect(slack).toContain(`api_url_file: '${join(folder, 'url')}'`);
  expect(slack).not.toMatch(/email_configs:$|webhook_configs:$/m);
  const { output: mail } = await render({ ...MAIL, BARBOSSA_SMTP_REQUIRE_TLS: 'false' });
  expect(mail).toContain("smtp_smarthost: 'h:25'");
  expect(mail).toContain('smtp_require_tls: false');
});

test.each([
  [{ BARBOSSA_ALERT_MAIL_TO: 'a@b.example' }, 'BARBOSSA_ALERT_MAIL_TO is set, and BARBOSSA_SMTP_SMARTHOST is not'],
  [{ ...MAIL, BARBOSSA_SMTP_FROM: '' }, 'BARBOSSA_ALERT_MAIL_TO is set, and BARBOSSA_SMTP_FROM is not'],
  [{ ...MAIL, BARBOSSA_SMTP_USER: 'u', BARBOSSA_SMTP_PASSWORD_FILE: '/none' }, 'there is no /none'],
  [{ BARBOSSA_SLACK_CHANNEL: '#a', BARBOSSA_SLACK_URL_FILE: '/none' }, 'there is no /none'],
  [{ BARBOSSA_WATCHDOG_URL_FILE: '/none' }, 'there is no /none'],
  [{ ...MAIL, BARBOSSA_SMTP_FROM: 'a\nb' }, 'BARBOSSA_SMTP_FROM has a line break in it'],
])('start.sh says what is missing: %j', async (env, message) => {
  const { code, errors } = await render(env);
  expect(code).toBe(1);
  expect(errors).toContain(message);
});

test.each([
  ['urgent', ['alertname=HighErrorRate', 'severity=critical', 'job=barbossa']],
  ['people', ['alertname=HighLatency', 'severity=warning', 'job=barbossa']],
  ['people', ['alertname=Other', 'severity=info']],
  ['people', ['alertname=Other']],
  ['watchdog', ['alertname=Watchdog', 'severity=info']],
])('routed to %s: %j', async (receiver, labels) => {
  const { code, output } = await runAmtool('config', 'routes', 'test', `--config.file=${CONFIG}`, ...labels);
  expect({ code, output: output.trim() }).toStrictEqual({ code: 0, output: receiver });
});
