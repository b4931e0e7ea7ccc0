import { find, make, printMs, printTime } from './text.js';
import { link, routeAddress, showFacts } from './panels.js';

/** @typedef {{ timeMs: number, level: string, logger: string, message: string, more?: string, requestId?: string, traceId?: string }} Line */
/** @typedef {{ id: string, timeMs: number, method: string, route: string, status: number, ms: number, traceId?: string }} Ended */
/** @typedef {{ kibana?: string, grafana?: string }} Links */

const MOST = 500;
const RANKS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];
const MOST_LOGGERS = 200;

/** The last lines, what is shown of them, and the request that somebody asked for. */
export class Log {
  /** @type {Line[]} */
  #lines = [];
  /** @type {Map<string, Ended>} */
  #requests = new Map();
  /** @type {Links} */
  #links = {};
  #isPaused = false;
  /** @type {string | undefined} */
  #open;
  #list = find('lines');
  #dialog = /** @type {HTMLDialogElement} */ (find('request'));

  constructor() {
    for (const id of ['level', 'logger', 'search']) find(id).addEventListener('input', () => this.#showAll());
    find('pause').addEventListener('click', () => this.#pause(!this.#isPaused));
    find('close').addEventListener('click', () => this.#dialog.close());
    this.#dialog.addEventListener('close', () => (this.#open = undefined));
    document.addEventListener('click', ({ target }) => {
      const id = target instanceof HTMLElement ? target.dataset['request'] : undefined;
      if (id !== undefined) this.#showRequest(id);
    });
  }

  /** @param {Line[]} lines @param {Ended[]} requests @param {Links} links */
  reset(lines, requests, links) {
    this.#lines = [];
    this.#requests.clear();
    this.#links = links;
    this.#take(lines, requests);
    if (!this.#isPaused) this.#showAll();
  }

  /** @param {Line[]} lines @param {Ended[]} requests */
  add(lines, requests) {
    this.#take(lines, requests);
    if (!this.#isPaused && lines.length > 0) this.#prepend(lines);
    if (this.#open !== undefined && (lines.length > 0 || requests.length > 0)) this.#fillRequest(this.#open);
  }

  /** @param {Line[]} lines @param {Ended[]} requests */
  #take(lines, requests) {
    this.#lines = [...this.#lines, ...lines].slice(-MOST);
    for (const ended of requests) this.#requests.set(ended.id, ended);
    for (const id of this.#requests.keys()) {
      if (this.#requests.size <= MOST) break;
      this.#requests.delete(id);
    }
    const select = /** @type {HTMLSelectElement} */ (find('logger'));
    const known = new Set([...select.options].map(({ value }) => value));
    for (const { logger } of lines) {
      if (known.has(logger) || known.size > MOST_LOGGERS) continue;
      known.add(logger);
      const option = /** @type {HTMLOptionElement} */ (make('option', { text: logger }));
      option.value = logger;
      select.append(option);
    }
  }

  #showAll() {
    this.#list.replaceChildren();
    this.#prepend(this.#lines);
  }

  /** The newest is first. @param {Line[]} lines */
  #prepend(lines) {
    const isWanted = this.#makeFilter();
    const rows = lines.filter(isWanted).map((line) => makeRow(line, true));
    this.#list.querySelector('.empty')?.remove();
    // Who reads further down keeps the place.
    const { scrollTop, scrollHeight } = this.#list;
    this.#list.prepend(...rows.toReversed());
    if (scrollTop > 0) this.#list.scrollTop = scrollTop + this.#list.scrollHeight - scrollHeight;
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild?.remove();
    if (this.#list.childElementCount === 0) {
      const text = this.#lines.length === 0 ? 'No line yet since somebody looks.' : 'No line fits the filter.';
      this.#list.append(make('p', { class: 'empty', text }));
    }
  }

  #makeFilter() {
    const value = (/** @type {string} */ id) => /** @type {HTMLInputElement | HTMLSelectElement} */ (find(id)).value;
    const rank = Number(value('level'));
    const logger = value('logger');
    const text = value('search').toLowerCase();
    return (/** @type {Line} */ line) =>
      RANKS.indexOf(line.level) >= rank &&
      (logger === '' || line.logger === logger) &&
      (text === '' || `${line.message}\n${line.more ?? ''}\n${line.requestId ?? ''}`.toLowerCase().includes(text));
  }

  /** @param {boolean} isPaused */
  #pause(isPaused) {
    this.#isPaused = isPaused;
    const button = find('pause');
    button.setAttribute('aria-pressed', String(isPaused));
    if (!isPaused) this.#showAll();
  }

  /** @param {string} id */
  #showRequest(id) {
    this.#open = id;
    this.#fillRequest(id);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** @param {string} id */
  #fillRequest(id) {
    const ended = this.#requests.get(id);
    const lines = this.#lines.filter(({ requestId }) => requestId === id);
    const traceId = ended?.traceId ?? lines.find((line) => line.traceId !== undefined)?.traceId;
    find('request-title').replaceChildren(make('span', { text: `Request ${id}` }));
    showFacts('request-facts', [
      ['route', ended === undefined ? 'not ended yet, or before somebody looked' : `${ended.method} ${ended.route}`],
      [
        'status',
        ended === undefined ? '–' : String(ended.status),
        ended !== undefined && ended.status >= 500 ? 'bad' : '',
      ],
      ['duration', printMs(ended?.ms)],
      ['trace', traceId ?? 'none'],
    ]);
    const { kibana, grafana } = this.#links;
    find('request-links').replaceChildren(
      ...(kibana === undefined
        ? []
        : [link(requestAddress(kibana, id), document.createTextNode('Its lines in Kibana'))]),
      ...(grafana === undefined || ended === undefined
        ? []
        : [link(routeAddress(grafana, ended.route), document.createTextNode('Its route in Grafana'))]),
    );
    find('request-lines').replaceChildren(...lines.map((line) => makeRow(line, false)));
  }
}

/** @param {string} kibana @param {string} id */
function requestAddress(kibana, id) {
  // Rison: a quote and an exclamation mark are escaped by the latter; KQL within takes a backslash.
  const query = `request_id:"${id.replace(/["\\]/g, '\\$&')}"`.replace(/[!']/g, '!$&');
  return `${kibana.replace(/\/$/, '')}/app/discover#/?_a=(query:(language:kuery,query:'${encodeURIComponent(query)}'))`;
}

/** @param {Line} line @param {boolean} withRequest */
function makeRow({ timeMs, level, logger, message, more, requestId }, withRequest) {
  const text = make('span', { class: 'text', text: message });
  if (more !== undefined) text.append(make('span', { class: 'more', text: more }));
  const row = make(
    'div',
    { class: 'line' },
    make('time', { text: printTime(timeMs) }),
    make('span', { class: `level-${level}`, text: level.toLowerCase() }),
    make('span', { class: 'logger', text: logger, title: logger }),
    text,
  );
  if (withRequest && requestId !== undefined) {
    const button = make('button', { text: requestId.slice(0, 8), title: requestId });
    button.setAttribute('type', 'button');
    button.setAttribute('aria-label', `Request ${requestId}`);
    button.dataset['request'] = requestId;
    row.append(button);
  }
  return row;
}
