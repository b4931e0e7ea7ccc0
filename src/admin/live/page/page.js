import { Charts } from './charts.js';
import { Log } from './log.js';
import { showNews, showSettings } from './panels.js';
import { find, make, printTime } from './text.js';

const charts = new Charts();
const log = new Log();
/** @type {string | undefined} */
let grafana;

/** @param {'live' | 'lost' | 'waiting'} state @param {string} text */
function showConnection(state, text) {
  const element = find('connection');
  if (element.dataset['state'] === state) return;
  element.dataset['state'] = state;
  element.textContent = text;
}

/** @param {any} hello */
function greet(hello) {
  const { service, version, node, pid, way, links, settings, watchedSinceMs, points, lines, requests } = hello;
  grafana = links.grafana;
  document.title = `${service} · live`;
  find('service').replaceChildren(make('span', { text: service }), make('small', { text: version }));
  find('process').textContent = `Node ${node}, process ${pid}; ${way}`;
  find('package').textContent = `barbossa-telemetry ${hello.package}`;
  find('log-note').textContent =
    `The last 500 lines since ${printTime(watchedSinceMs).slice(0, 8)}, when somebody began to look; the newest is first.`;
  showSettings(settings);
  charts.add(points, true);
  log.reset(lines, requests, links);
  showNews(hello, grafana);
  showConnection('live', 'live');
}

/** @param {any} news */
function update(news) {
  charts.add(news.points);
  log.add(news.lines, news.requests);
  showNews(news, grafana);
}

const stream = new EventSource('/live/stream');
stream.addEventListener('hello', ({ data }) => greet(JSON.parse(data)));
stream.addEventListener('tick', ({ data }) => update(JSON.parse(data)));
stream.addEventListener('error', () => {
  const isOver = stream.readyState === EventSource.CLOSED;
  showConnection('lost', isOver ? 'refused: too many look, or a login is needed' : 'no connection, trying again');
  if (isOver) setTimeout(() => location.reload(), 15_000);
});
