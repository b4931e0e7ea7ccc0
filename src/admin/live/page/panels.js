import { find, make, printBytes, printMs, printNumber, printSpan } from './text.js';

/** @typedef {{ route: string, count: number, errors: number, meanMs: number, maxMs: number }} Route */
/** @typedef {{ name: string, status?: string, error?: string, atMs?: number, ms?: number }} Check */
/** @typedef {{ name: string, labels: string, value: number }} Gauge */
/** @typedef {{ isFailing: boolean, waitingBytes: number, spool?: string, acceptedMs?: number, failedMs?: number, failure?: string }} Delivery */
/**
 * @typedef {object} News
 * @property {number} nowMs
 * @property {import('./charts.js').Point} last
 * @property {{ heapUsed: number, rss: number, loopMs: number | null, uptimeS: number }} process
 * @property {Check[]} checks
 * @property {Delivery} [delivery]
 * @property {{ target: string, version: string, isFollowed: boolean }[]} followed
 * @property {Gauge[]} [measured]
 * @property {{ slowest: Route[], failing: Route[] }} [routes]
 */

/** @param {News} news @param {string | undefined} grafana */
export function showNews(news, grafana) {
  showFigures(news);
  if (news.routes !== undefined) {
    showRoutes(
      'slowest',
      news.routes.slowest,
      ['mean', 'max'],
      ({ meanMs, maxMs }) => [printMs(meanMs), printMs(maxMs)],
      grafana,
    );
    showRoutes(
      'failing',
      news.routes.failing,
      ['5xx', 'of'],
      ({ errors, count }) => [printNumber(errors), printNumber(count)],
      grafana,
    );
  }
  showChecks(news);
  showDelivery(news);
  showWork(news);
  showFollowed(news);
}

/** @param {News} news */
function showFigures({ last: [, rate, errors, , p95], process: { loopMs } }) {
  const share = rate === 0 ? 0 : (errors / rate) * 100;
  put('rate', printNumber(rate));
  put('errors', rate === 0 ? '–' : `${share === 0 ? '0' : share.toFixed(share < 10 ? 1 : 0)} %`);
  put('p95', printMs(p95));
  put('loop', printMs(loopMs));
  find('errors-figure').classList.toggle('alarm', share >= 1);
}

/** @param {string} id @param {string} text */
function put(id, text) {
  const element = find(id);
  if (element.textContent !== text) element.textContent = text;
}

/** What is there already is not drawn anew: a selection and the focus stay. @type {Map<string, string>} */
const drawn = new Map();

/** @param {string} id @param {unknown} content @param {() => Node[]} draw */
function redraw(id, content, draw) {
  const key = JSON.stringify(content);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  find(id).replaceChildren(...draw());
}

/** @param {string} text */
function empty(text) {
  return make('p', { class: 'empty', text });
}

/**
 * @param {string} id @param {Route[]} routes @param {string[]} heads
 * @param {(route: Route) => string[]} cells @param {string | undefined} grafana
 */
function showRoutes(id, routes, heads, cells, grafana) {
  redraw(id, routes, () => {
    const nothing = id === 'failing' ? 'No server errors in 15 minutes.' : 'No requests in 15 minutes.';
    if (routes.length === 0) return [empty(nothing)];
    const head = make(
      'tr',
      {},
      make('th', { text: 'route' }),
      ...heads.map((text) => make('th', { class: 'n', text })),
    );
    const rows = routes.map((route) =>
      make(
        'tr',
        {},
        make('td', {}, nameRoute(route.route, grafana)),
        ...cells(route).map((text) => make('td', { class: 'n', text })),
      ),
    );
    return [make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows))];
  });
}

/** @param {string} route As `GET /x`. @param {string | undefined} grafana */
function nameRoute(route, grafana) {
  const name = make('code', { text: route });
  if (grafana === undefined) return name;
  return link(routeAddress(grafana, route.replace(/^\S+ /, '')), name);
}

/** @param {string} grafana @param {string} route */
export function routeAddress(grafana, route) {
  return `${grafana.replace(/\/$/, '')}/d/barbossa-requests?var-endpoint=${encodeURIComponent(route)}`;
}

/** @param {string} address @param {Node} child */
export function link(address, child) {
  const element = document.createElement('a');
  element.href = address;
  element.rel = 'noreferrer';
  element.target = '_blank';
  element.append(child);
  return element;
}

/** @param {News} news */
function showChecks({ checks, nowMs }) {
  const rows = checks.map(({ name, status = 'waiting', error, atMs, ms }) => {
    const age = atMs === undefined ? 'not run yet' : `${printMs(ms)}, ${printSpan((nowMs - atMs) / 1_000)} ago`;
    return [name, status, error === undefined ? status : `${status}: ${error}`, age];
  });
  redraw('checks', rows, () =>
    rows.length === 0
      ? [empty('No checks are set. The process is alive.')]
      : rows.map(([name = '', status = '', text = '', age = '']) =>
          make(
            'div',
            { class: 'row' },
            make('span', { class: `dot ${status}`, text: `${name}: ${text}` }),
            make('span', { class: 'soft', text: age }),
          ),
        ),
  );
}

/** @param {string} id @param {(readonly [string, string, string?])[]} facts */
export function showFacts(id, facts) {
  redraw(id, facts, () =>
    facts.flatMap(([name, value, tone = '']) => [make('dt', { text: name }), make('dd', { class: tone, text: value })]),
  );
}

/** @param {News} news */
function showDelivery({ delivery, nowMs }) {
  if (delivery === undefined) return showFacts('delivery', [['state', 'logs are not sent']]);
  const { isFailing, waitingBytes, spool, acceptedMs, failedMs, failure } = delivery;
  const ago = (/** @type {number | undefined} */ ms) =>
    ms === undefined ? 'none yet' : `${printSpan((nowMs - ms) / 1_000)} ago`;
  const state = isFailing ? 'cannot be sent' : acceptedMs === undefined ? 'nothing sent yet' : 'works';
  showFacts('delivery', [
    ['state', state, isFailing ? 'bad' : acceptedMs === undefined ? '' : 'good'],
    ['waiting', printBytes(waitingBytes)],
    ['spool', spool ?? 'in memory'],
    ['last success', ago(acceptedMs)],
    ['last failure', failure === undefined ? 'none' : `${ago(failedMs)}: ${failure}`],
  ]);
}

/** Words for families; what is not here is shown by its name. @type {Record<string, string>} */
const WORDS = {
  active_downloads: 'downloads in progress',
  websocket_connections: 'WebSockets',
  active_users: 'users',
  celery_queue_length: 'waiting in queue',
  celery_unacked_tasks: 'tasks held by workers',
  celery_workers: 'Celery workers',
  queue_jobs: 'jobs',
  tasks_total: 'tasks ended',
  logs_dropped_total: 'log records lost',
  logs_set_aside: 'log records set aside',
};

/** @param {News} news */
function showWork({ process, measured = [] }) {
  const shown = measured.filter(
    ({ name, labels, value }) => value !== 0 || labels === '' || name === 'celery_queue_length',
  );
  showFacts('work', [
    ['up for', printSpan(process.uptimeS)],
    ['heap', printBytes(process.heapUsed)],
    ['memory', printBytes(process.rss)],
    ...shown.map(({ name, labels, value }) => {
      const values = [...labels.matchAll(/="((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text).join(', ');
      return /** @type {const} */ ([
        `${WORDS[name] ?? name}${values === '' ? '' : ` (${values})`}`,
        printNumber(value),
      ]);
    }),
  ]);
}

/** @param {News} news */
function showFollowed({ followed }) {
  redraw('followed', followed, () =>
    followed.map(({ target, version, isFollowed }) =>
      make(
        'div',
        { class: 'row' },
        make('span', { class: `dot ${isFollowed ? 'healthy' : 'unhealthy'}`, text: `${target} ${version}` }),
        make('span', { class: 'soft', text: isFollowed ? 'followed' : 'cannot be followed: stderr said why' }),
      ),
    ),
  );
}

/** @param {{ group: string, variable: string, value: string, source: string }[]} settings */
export function showSettings(settings) {
  redraw('settings', settings, () => {
    const head = make('tr', {}, ...['variable', 'value', 'source'].map((text) => make('th', { text })));
    const rows = settings.map(({ variable, value, source }) =>
      make(
        'tr',
        {},
        make('td', { text: variable }),
        make('td', { text: value }),
        make('td', { text: source, class: source === 'unusable' ? 'bad' : source === 'set' ? 'good' : 'soft' }),
      ),
    );
    return [make('table', { class: 'settings' }, make('thead', {}, head), make('tbody', {}, ...rows))];
  });
}
