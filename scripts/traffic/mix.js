import { createRandom, pick, pickWhole } from '../../sample/random.js';

const UNMATCHED = '<unmatched>';
const USERS = [
  'anne',
  'bonny',
  'calico',
  'drake',
  'edward',
  'flint',
  'grace',
  'hook',
  'israel',
  'jack',
  'kidd',
  'long-john',
];
const PASSWORD = 'black-pearl';
const WORDS = ['anchor', 'bilge', 'choir', 'harbour', 'kraken', 'sails', 'shanty', 'tempest', 'nothing like this'];
const MAX_TOKENS = 5;
const MAX_DOWNLOADS = 50;
const MAX_WATCHERS = 5;
const SLOW_ABORTED_MS = 5_000;

/** What the requests so far have brought: what the next ones can be made of. */
class Visit {
  constructor(seed) {
    this.random = createRandom(seed);
    /** Sessions that are used. */
    this.tokens = [];
    /** Sessions that are there to be logged out of. */
    this.spareTokens = [];
    this.downloads = [];
    this.watchers = 0;
  }

  whole(min, max) {
    return pickWhole(this.random, min, max);
  }

  pick(list) {
    return pick(this.random, list);
  }

  /** Text that no route has. */
  hex() {
    return Math.floor(this.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
}

/**
 * A request is `{ method, path, headers, body, endpoint, expects, way, onAnswer }`: `endpoint` is the label that the server
 * should count it with, `expects` the statuses that it may get, `way` the Client's method that sends it.
 */
function get(path, endpoint, expects = [200]) {
  return { method: 'GET', path, endpoint, expects };
}

function post(path, endpoint, data, expects, token) {
  return { method: 'POST', path, endpoint, expects, headers: makeHeaders(token), body: JSON.stringify(data) };
}

function makeHeaders(token) {
  return { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
}

function login(visit) {
  const data = { user: visit.pick(USERS), password: PASSWORD };
  const onAnswer = ({ status, body }) => {
    if (status !== 200) return;
    const list = visit.tokens.length < MAX_TOKENS ? visit.tokens : visit.spareTokens;
    list.push(JSON.parse(body).token);
  };
  return { ...post('/api/login', '/api/login', data, [200]), onAnswer };
}

function describeDownload(visit) {
  return {
    artist: `Artist ${visit.whole(1, 40)}`,
    title: `Title ${visit.whole(1, 40)}`,
    source: visit.pick(['archive', 'bandcamp', 'lidarr']),
  };
}

function startDownload(visit) {
  const onAnswer = ({ status, body }) => {
    if (status !== 202) return;
    visit.downloads.push(JSON.parse(body).id);
    if (visit.downloads.length > MAX_DOWNLOADS) visit.downloads.shift();
  };
  const request = post(
    '/api/downloads',
    '/api/downloads',
    describeDownload(visit),
    [202, 503],
    visit.pick(visit.tokens),
  );
  return { ...request, onAnswer };
}

function cancelDownload(visit) {
  // The newest: it may not have ended.
  const path = `/api/downloads/${visit.downloads.pop()}`;
  const headers = makeHeaders(visit.pick(visit.tokens));
  return { method: 'DELETE', path, headers, endpoint: '/api/downloads/:id', expects: [200, 404, 409] };
}

function startImport(visit) {
  const data = { folder: `incoming/${visit.whole(1, 200)}`, source: visit.pick(['folder', 'lidarr', 'plex']) };
  return post('/api/imports', '/api/imports', data, [202, 503], visit.pick(visit.tokens));
}

function watch(visit) {
  visit.watchers += 1;
  const onEnd = () => {
    visit.watchers -= 1;
  };
  return { ...get('/ws', UNMATCHED, [101]), way: 'watch', onEnd };
}

function head(visit) {
  const [path, endpoint] = visit.pick([
    ['/', '/'],
    ['/api/tracks', '/api/tracks'],
    ['/api/tracks/7', '/api/tracks/:id'],
  ]);
  return { ...get(path, endpoint), method: 'HEAD' };
}

/** Express answers OPTIONS for what it has routes for; no route takes it. */
function askOptions(visit) {
  const [path, status] = visit.pick([
    ['/api/tracks', 200],
    ['/api/downloads', 200],
    [`/${visit.hex()}`, 404],
  ]);
  return { ...get(path, UNMATCHED, [status]), method: 'OPTIONS' };
}

function askBadly(visit) {
  const [path, endpoint] = visit.pick([
    ['/api/tracks?page=0', '/api/tracks'],
    ['/api/tracks?size=many', '/api/tracks'],
    ['/api/tracks/first', '/api/tracks/:id'],
    ['/api/search', '/api/search'],
    ['/api/search?q=a&q=b', '/api/search'],
    ['/api/slow?ms=-1', '/api/slow'],
  ]);
  return get(path, endpoint, [400]);
}

/** What the body parser refuses never gets to a route. */
function sendBadBody(visit) {
  const body = visit.pick(['{"user": "anne"', 'not JSON', '"text"']);
  return { method: 'POST', path: '/api/login', endpoint: UNMATCHED, expects: [400], headers: makeHeaders(), body };
}

function askWrongMethod(visit) {
  const [method, path] = visit.pick([
    ['POST', '/api/tracks'],
    ['PUT', '/api/downloads/7'],
    ['PATCH', '/api/search'],
    ['DELETE', '/'],
    ['PROPFIND', '/api/tracks'],
  ]);
  return { method, path, endpoint: UNMATCHED, expects: [404] };
}

function askAnywhere(visit) {
  const path = visit.pick([
    '/wp-login.php',
    '/.env',
    `/${visit.hex()}`,
    `/${visit.hex()}/${visit.hex()}?${visit.hex()}=${visit.hex()}`,
    `/${encodeURIComponent(`${visit.hex()} éß 海`)}`,
    `/${'long/'.repeat(100)}${visit.hex()}`,
  ]);
  return {
    method: visit.pick(['GET', 'GET', 'POST', 'PUT', 'DELETE', 'PROPFIND']),
    path,
    endpoint: UNMATCHED,
    expects: [404],
  };
}

/** The Client reads an answer to its end where it could not tell any more whether the server had sent it: then it is a 200. */
function abortSlow(visit) {
  return {
    ...get(`/api/slow?ms=${SLOW_ABORTED_MS}`, '/api/slow', [499, 200]),
    way: 'abortBeforeAnswer',
    options: { afterMs: visit.whole(5, 60) },
  };
}

function abortStream() {
  return {
    ...get(`/api/slow?ms=${SLOW_ABORTED_MS}&stream=1`, '/api/slow', [499, 200]),
    way: 'abortDuringAnswer',
    options: { slowMs: SLOW_ABORTED_MS },
  };
}

function abortUpload(visit) {
  const data = { ...describeDownload(visit), notes: 'x'.repeat(4_000) };
  return { ...post('/api/downloads', UNMATCHED, data, [499]), way: 'abortDuringUpload' };
}

const hasToken = ({ tokens }) => tokens.length > 0;
const hasDownload = ({ downloads }) => downloads.length > 0;

/**
 * `[weight, makes the request, whether it can be made now]`; the weights are parts of 100, more or less.
 * @type {[number, (visit: Visit) => object, ((visit: Visit) => boolean)?][]}
 */
const MIX = [
  [4, () => get('/', '/')],
  [12, (visit) => get(`/api/tracks?page=${visit.whole(1, 20)}&size=${visit.pick([10, 20, 50])}`, '/api/tracks')],
  [1, () => get('/API/Tracks/', '/api/tracks')],
  [16, (visit) => get(`/api/tracks/${visit.whole(1, 480)}`, '/api/tracks/:id')],
  [10, (visit) => get(`/api/search?q=${encodeURIComponent(visit.pick(WORDS))}`, '/api/search')],
  [3, head],
  [2, askOptions],
  [3, login],
  [1, (visit) => post('/api/login', '/api/login', { user: visit.pick(USERS), password: 'guess' }, [401])],
  [1, logout, ({ spareTokens }) => spareTokens.length > 0],
  [6, startDownload, hasToken],
  [4, () => get('/api/downloads', '/api/downloads')],
  [5, (visit) => get(`/api/downloads/${visit.pick(visit.downloads)}`, '/api/downloads/:id', [200, 404]), hasDownload],
  [2, cancelDownload, (visit) => hasToken(visit) && hasDownload(visit)],
  [2, watch, ({ watchers }) => watchers < MAX_WATCHERS],
  [3, startImport, hasToken],
  // The guard is in the route of downloads, and before every route of imports.
  [2, (visit) => post('/api/downloads', '/api/downloads', describeDownload(visit), [401])],
  [1, () => post('/api/imports', UNMATCHED, { folder: 'incoming/1', source: 'folder' }, [401])],
  [3, askBadly],
  [
    1,
    (visit) => post('/api/downloads', '/api/downloads', { artist: '', source: 7 }, [400], visit.pick(visit.tokens)),
    hasToken,
  ],
  [1, sendBadBody],
  [1, () => post('/api/login', UNMATCHED, { user: 'x'.repeat(20_000) }, [413])],
  [1, () => get('/api/tracks/%E0%A4%A', UNMATCHED, [400])],
  [2, (visit) => get(`/api/tracks/${visit.whole(900_000, 999_999)}`, '/api/tracks/:id', [404])],
  [2, (visit) => get(`/api/${visit.hex()}`, UNMATCHED, [404])],
  [2, askWrongMethod],
  [4, askAnywhere],
  [2, () => get('/api/fail', '/api/fail', [500])],
  [3, (visit) => get(`/api/slow?ms=${visit.whole(20, 400)}`, '/api/slow')],
  [1, (visit) => get(`/api/slow?ms=${visit.whole(20, 400)}&stream=1`, '/api/slow')],
  [2, abortSlow],
  [1, abortStream],
  [1, abortUpload],
];

function logout(visit) {
  return post('/api/logout', '/api/logout', {}, [204], visit.spareTokens.shift());
}

const TOTAL_WEIGHT = MIX.reduce((total, [weight]) => total + weight, 0);

/** Gives the next request at each call, the same ones for the same seed and the same answers. */
export function createMix(seed) {
  const visit = new Visit(seed);
  return () => {
    let at = visit.random() * TOTAL_WEIGHT;
    const chosen = MIX.find(([weight]) => (at -= weight) < 0) ?? MIX[0];
    const [, make, isPossible = () => true] = chosen;
    // What is missing is had by logging in, or comes with time.
    return (isPossible(visit) ? make : login)(visit);
  };
}
