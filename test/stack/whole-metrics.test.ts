// @needs containers, compose files, Prometheus, Alertmanager, node exporter, Redis exporter, PostgreSQL exporter, PostgreSQL, Redis
import { beforeAll, expect, test } from 'vitest';
import { startWholeRun, type WholeRun } from './whole/whole-run.js';

const SEEN = { timeout: 60_000, interval: 1_000 };
/** All that a shell, a URL, YAML, JSON, SQL and a configuration file of Redis might read something into. */
const ODD = String.raw`it's "50%" of {a} \ $HOME & #1 @:/?`;

let run: WholeRun;
beforeAll(async () => {
  run = await startWholeRun({
    profile: 'metrics',
    secrets: {
      'database-admin.password': ODD,
      'database.password': ODD,
      // This version of its exporter cannot read blanks, quotes and backslashes (secrets.sh says so).
      'database-monitor.password': 'p@ss:w%rd/?#{1}',
      'redis.password': ODD,
    },
  });
  return () => run.stop();
}, 120_000);

test('without the log pipeline nothing of it is started, scraped or missed', async () => {
  const { names, leftOut } = run.whole;
  expect([...names, ...leftOut].filter((name) => /collector|elasticsearch|kibana|logs/.test(name))).toEqual([]);
  const readTargets = async (): Promise<Record<string, string>> => {
    const { activeTargets } = (await run.askPrometheus('targets')) as {
      activeTargets: { labels: Record<string, string>; health: string }[];
    };
    return Object.fromEntries(activeTargets.map(({ labels, health }) => [labels['job'], health]));
  };
  await expect.poll(readTargets, SEEN).toEqual({
    barbossa: 'up',
    celery: 'up',
    redis: 'up',
    postgres: 'up',
    node: 'up',
    prometheus: 'up',
    alertmanager: 'up',
    grafana: 'down',
  });
  expect(run.whole.get('web-metrics').output).not.toMatch(/logs go to|cannot be sent/);
});

test('passwords of the site, with every special character, reach all that log in', async () => {
  for (const query of ['pg_up', 'redis_up', 'min(barbossa_health_check_status)']) {
    await expect.poll(async () => (await run.query(query)).map(({ value }) => value[1]), SEEN).toEqual(['1']);
  }
});
