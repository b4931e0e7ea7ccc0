// @needs Alertmanager
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startAlertmanager, type Alertmanager } from '../../scripts/stack/alertmanager.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';
import { writeFiles } from './given-files.js';
import { serveMail, serveWebhook } from './receivers.js';

/** What is critical is told again a minute later at the earliest; the rest is for a busy machine. */
const TOLD_MS = 150_000;

const ANNOTATIONS = {
  summary: 'Requests to barbossa fail',
  description: '5.2% of the requests to <unmatched> & others failed.',
  runbook_url: 'https://runbooks.example/HighErrorRate.md',
  dashboard_url: 'https://grafana.example/d/barbossa-requests',
  logs_url: 'https://grafana.example/d/barbossa-logs?var-level=ERROR',
};

interface SlackMessage {
  readonly channel: string;
  readonly attachments: readonly Readonly<Record<string, string>>[];
}

test('mail over TLS with a password, and Slack: firing and resolved', async () => {
  const mail = await serveMail({ user: 'barbossa', password: 'pieces of eight' });
  const slack = await serveWebhook();
  const watchdog = await serveWebhook();
  const folder = writeFiles({ password: 'pieces of eight', slack: slack.url, watchdog: watchdog.url, cert: mail.cert });
  const alertmanager = await startAlertmanager({
    args: ['--web.external-url=https://alerts.example'],
    env: {
      BARBOSSA_ALERT_MAIL_TO: 'admin@example.com, mate@example.com',
      BARBOSSA_SMTP_SMARTHOST: mail.smarthost,
      BARBOSSA_SMTP_FROM: 'barbossa@example.com',
      BARBOSSA_SMTP_USER: 'barbossa',
      BARBOSSA_SMTP_PASSWORD_FILE: join(folder, 'password'),
      BARBOSSA_SLACK_CHANNEL: '#alerts',
      BARBOSSA_SLACK_URL_FILE: join(folder, 'slack'),
      BARBOSSA_WATCHDOG_URL_FILE: join(folder, 'watchdog'),
      SSL_CERT_FILE: join(folder, 'cert'),
    },
  });
  onTestFinished(() => alertmanager.stop());
  const detail = () => alertmanager.server.output.slice(-2_000);
  const wait = (what: string, count: () => number, least: number): Promise<true> =>
    waitUntil(() => count() >= least, { what, timeoutMs: TOLD_MS, detail });
  const labels = { alertname: 'HighErrorRate', severity: 'critical', job: 'barbossa' };
  const startsAt = new Date(Date.now() - 60_000).toISOString();
  await alertmanager.post([
    { labels, annotations: ANNOTATIONS, startsAt, generatorURL: 'https://prometheus.example/graph' },
    { labels: { alertname: 'Watchdog', severity: 'info' }, annotations: { summary: 'Alerts work' } },
  ]);
  await wait('mail', () => mail.mails.length, 1);
  await wait('Slack', () => slack.bodies.length, 1);
  await wait('watchdog', () => watchdog.bodies.length, 1);
  expect(mail.mails[0]).toMatchObject({
    from: 'barbossa@example.com',
    to: ['admin@example.com', 'mate@example.com'],
    subject: 'CRITICAL: Requests to barbossa fail',
    wasEncrypted: true,
  });
  const { text = '', html = '' } = mail.mails[0] ?? {};
  expect(text).toContain(ANNOTATIONS.description);
  expect(html).toContain('5.2% of the requests to &lt;unmatched&gt; &amp; others failed.');
  for (const part of [text, html]) {
    const { runbook_url: runbook, dashboard_url: dashboard, logs_url: logs } = ANNOTATIONS;
    for (const url of [runbook, dashboard, logs]) expect(part).toContain(url);
    expect(part).toContain(startsAt.slice(0, 19).replace('T', ' '));
    expect(part).not.toMatch(/<no value>|%!/);
  }
  const firing = slack.bodies[0] as SlackMessage;
  expect(firing).toMatchObject({
    channel: '#alerts',
    attachments: [{ title: 'CRITICAL: Requests to barbossa fail', color: 'danger' }],
  });
  const shown = firing.attachments[0]?.['text'] ?? '';
  expect(shown).toContain('5.2% of the requests to &lt;unmatched&gt; &amp; others failed.');
  expect(shown).toContain(`<${ANNOTATIONS.runbook_url}|Runbook> · <${ANNOTATIONS.dashboard_url}|Dashboard>`);

  await alertmanager.post([{ labels, annotations: ANNOTATIONS, startsAt, endsAt: new Date().toISOString() }]);
  await wait('mail that it is resolved', () => mail.mails.length, 2);
  await wait('Slack that it is resolved', () => slack.bodies.length, 2);
  expect(mail.mails[1]).toMatchObject({ subject: 'RESOLVED: Requests to barbossa fail' });
  expect(mail.mails[1]?.text).toMatch(/^Until {5}\d{4}-/m);
  expect(slack.bodies[1]).toMatchObject({
    attachments: [{ title: 'RESOLVED: Requests to barbossa fail', color: 'good' }],
  });
}, 300_000);

async function readCounter(alertmanager: Alertmanager, line: string): Promise<number> {
  const page = await (await fetch(`${alertmanager.url}/metrics`)).text();
  const lines = page.split('\n').filter((text) => text.startsWith(`alertmanager_${line}`));
  return lines.reduce((sum, text) => sum + Number(text.split(' ').at(-1)), 0);
}

test('a wrong password: nothing is sent, and the metric says so that NotificationsFailing looks at', async () => {
  const mail = await serveMail({ user: 'barbossa', password: 'right' });
  const folder = writeFiles({ password: 'wrong', cert: mail.cert });
  const alertmanager = await startAlertmanager({
    env: {
      BARBOSSA_ALERT_MAIL_TO: 'admin@example.com',
      BARBOSSA_SMTP_FROM: 'barbossa@example.com',
      BARBOSSA_SMTP_SMARTHOST: mail.smarthost,
      BARBOSSA_SMTP_USER: 'barbossa',
      BARBOSSA_SMTP_PASSWORD_FILE: join(folder, 'password'),
      SSL_CERT_FILE: join(folder, 'cert'),
    },
  });
  onTestFinished(() => alertmanager.stop());
  await alertmanager.post([{ labels: { alertname: 'HighErrorRate', severity: 'critical' }, annotations: ANNOTATIONS }]);
  await waitUntil(async () => (await readCounter(alertmanager, 'notifications_failed_total{integration="email"')) > 0, {
    what: 'a failed notification',
    timeoutMs: TOLD_MS,
  });
  expect(mail.mails).toStrictEqual([]);
}, 200_000);

test('what is known already is not told: children of a host that is down, the cause of a failed check', async () => {
  const alertmanager = await startAlertmanager();
  onTestFinished(() => alertmanager.stop());
  const alert = (alertname: string, more: Record<string, string>): { labels: Record<string, string> } => ({
    labels: { alertname, severity: 'critical', ...more },
  });
  await alertmanager.post([
    alert('HostDown', { host: 'barbossa' }),
    alert('TargetMissing', { host: 'barbossa', job: 'barbossa' }),
    alert('CollectorGone', { host: 'other', job: 'collector' }),
    alert('AlertmanagerUnreachable', { job: 'prometheus' }),
    alert('DatabaseConnectionFailure', { job: 'postgres', host: 'other' }),
    alert('HealthCheckFailing', { check: 'database' }),
    alert('HealthCheckFailing', { check: 'disk' }),
    alert('WorkerGone', { job: 'celery', host: 'other' }),
    alert('QueueNotMoving', { queue: 'downloads' }),
    alert('AvailabilityBudgetBurn', { job: 'barbossa', window: '1h' }),
    alert('AvailabilityBudgetBurn', { job: 'barbossa', window: '3d', severity: 'warning' }),
    alert('LatencyBudgetBurn', { job: 'barbossa', window: '3d', severity: 'warning' }),
  ]);
  interface Listed {
    readonly labels: Readonly<Record<string, string>>;
    readonly status: { readonly state: string };
  }
  const suppressed = await waitUntil(
    async () => {
      const all = (await alertmanager.list()) as Listed[];
      if (all.length < 12 || all.some(({ status }) => status.state === 'unprocessed')) return false;
      return all
        .filter(({ status }) => status.state === 'suppressed')
        .map(({ labels }) => [labels['alertname'], labels['check'] ?? labels['window'] ?? ''].join(' ').trim())
        .sort();
    },
    { what: 'all processed' },
  );
  expect(suppressed).toStrictEqual([
    'AvailabilityBudgetBurn 3d',
    'HealthCheckFailing database',
    'QueueNotMoving',
    'TargetMissing',
  ]);
});
