import { join } from 'node:path';

/** @typedef {import('./whole/whole.js').Whole} Whole */

/** What people open: service, port, what it is. @type {readonly (readonly [string, number, string])[]} */
const PAGES = [
  ['web', 8080, 'application'],
  ['web', 9464, 'its metrics and health: /metrics, /health'],
  ['prometheus', 9090, 'Prometheus'],
  ['alertmanager', 9093, 'Alertmanager'],
  ['collector', 4318, 'collector, for OTLP'],
];

/** What to open and what to paste, once all runs. @param {Whole} whole @param {string} profile @returns {string} */
export function describeStack(whole, profile) {
  const find = (/** @type {string} */ name) =>
    (profile === 'metrics' ? { web: 'web-metrics', prometheus: 'prometheus-metrics' }[name] : undefined) ?? name;
  const pages = PAGES.filter(([name]) => whole.names.includes(find(name))).map(
    ([name, port, what]) => `  ${whole.urlOf(find(name), port).padEnd(28)} ${what}`,
  );
  const web = whole.urlOf(find('web'), 8080);
  return [
    '',
    'All of it runs. Ctrl-C ends it and removes what it stored.',
    ...(whole.leftOut.length > 0
      ? [`Not here, as no registry of packages has them: ${whole.leftOut.join(', ')}.`]
      : []),
    '',
    ...pages,
    '',
    'Paste into another terminal: some minutes of traffic.',
    '',
    `  npm run traffic -- --url ${web} --seconds 300`,
    ...(whole.names.includes('elasticsearch') ? describeLogs(whole, web) : []),
    '',
  ].join('\n');
}

/** @param {Whole} whole @param {string} web */
function describeLogs(whole, web) {
  const secrets = whole.findVolume('secrets');
  const { address } = whole.get('elasticsearch');
  const server = `--cacert ${join(secrets, 'ca.crt')} --resolve elasticsearch:9200:${address}`;
  // Not by -u: an argument could be read in the list of processes.
  const user = `printf 'user = "barbossa_reader:%s"' "$(cat ${join(secrets, 'reader.password')})"`;
  const indices = 'https://elasticsearch:9200/barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*';
  return [
    '',
    'A request, and every line that was written during it.',
    '',
    `  curl -i -H 'X-Request-ID: hello-1' ${web}/api/tracks/7`,
    `  ${user} | curl -s -K - ${server} '${indices}/_search?q=request_id:hello-1&pretty'`,
  ];
}
