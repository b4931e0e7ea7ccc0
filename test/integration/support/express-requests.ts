/** A request as it goes over the wire, on a connection of its own, and what is counted of it. */
export interface RequestRow {
  readonly name: string;
  readonly text: string;
  /** `METHOD endpoint status` for each request in `text`. */
  readonly counted: readonly string[];
  /** Node's parser refuses it and Node answers: there is no request, and no id. */
  readonly refused?: true;
}

/** A name that the admin server is asked by too. */
const HOST = 'localhost';

/** One request that asks for the connection to be closed. */
export function writeRequest(method: string, url: string, headers: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const connection = headers.some((header) => header.startsWith('Connection:')) ? [] : ['Connection: close'];
  return [`${method} ${url} HTTP/1.1`, `Host: ${HOST}`, ...connection, ...length, ...headers, '', body].join('\r\n');
}

function row(name: string, request: string, counted: string, headers: readonly string[] = [], body = ''): RequestRow {
  const [method = '', url = ''] = request.split(' ');
  return { name, text: writeRequest(method, url, headers, body), counted: [counted] };
}

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket'];
const JSON_BODY = ['Content-Type: application/json'];

/** One request after the other on one connection, without waiting for an answer. */
function pipeline(...urls: readonly string[]): string {
  const last = urls.length - 1;
  return urls
    .map((url, index) => writeRequest('GET', url).replace('close', index === last ? 'close' : 'keep-alive'))
    .join('');
}

/** What the applications of routes.cjs are asked. Each is answered by the server, which then closes the connection. */
export const EXPRESS_REQUESTS: readonly RequestRow[] = [
  row('matched', 'GET /items/7', 'GET /items/:id 200'),
  row('the root', 'GET /', 'GET / 200'),
  row('a query', 'GET /items/7?token=secret', 'GET /items/:id 200'),
  row('mixed case', 'GET /ITEMS/7', 'GET /items/:id 200'),
  row('unmatched', 'GET /nowhere/1', 'GET <unmatched> 404'),
  row('matched with another method', 'DELETE /items/7', 'DELETE <unmatched> 404'),
  row('an unknown method', 'PROPFIND /items/7', '_OTHER <unmatched> 404'),
  row('a route for any method', 'PROPFIND /all', '_OTHER /all 200'),
  row('HEAD', 'HEAD /items/7', 'HEAD /items/:id 200'),
  row('HEAD of nothing', 'HEAD /nowhere', 'HEAD <unmatched> 404'),
  row('OPTIONS', 'OPTIONS /items/7', 'OPTIONS <unmatched> 200'),
  row('a body', 'POST /items', 'POST /items 201', JSON_BODY, '{"title":"Aja"}'),
  row('a body that is no JSON', 'POST /items', 'POST /items 400', JSON_BODY, '{"title":'),
  row('app.route', 'PUT /both', 'PUT /both 200'),
  row('the first of several paths', 'GET /one', 'GET /one,/two/:id 200'),
  row('the second of several paths', 'GET /two/2', 'GET /one,/two/:id 200'),
  row('a regular expression', 'GET /number/42', 'GET /^\\/number\\/(\\d+)$/ 200'),
  row('a redirect', 'GET /redirect', 'GET /redirect 302'),
  row('no content', 'GET /empty', 'GET /empty 204'),
  row('not modified', 'GET /cached', 'GET /cached 304', ['If-None-Match: "1"']),
  row('two cookies', 'GET /cookies', 'GET /cookies 200'),
  row('401 in a middleware', 'GET /private/things', 'GET <unmatched> 401'),
  row('a middleware that throws', 'GET /broken', 'GET <unmatched> 500'),
  row('a route that throws', 'GET /throws', 'GET /throws 500'),
  row('a route that rejects', 'GET /rejects', 'GET /rejects 500'),
  row('an error with a status', 'GET /teapot', 'GET /teapot 418'),
  row('an error handler', 'GET /handled', 'GET /handled 503'),
  row("next('route') to another route", 'GET /skip/last', 'GET /skip/last 200'),
  row("next('route') to none", 'GET /skip/other', 'GET <unmatched> 404'),
  row('next() to none', 'GET /pass/1', 'GET <unmatched> 404'),
  row('next() to a middleware that answers', 'GET /rendered/1', 'GET /rendered/:id 200'),
  row('streamed', 'GET /stream', 'GET /stream 200'),
  row('a mounted router', 'GET /shops/7/items/9', 'GET /shops/:shop/items/:id 200'),
  row('a mounted router in mixed case', 'GET /SHOPS/7/Items/9', 'GET /shops/:shop/items/:id 200'),
  row("a mounted router's root", 'GET /shops/7', 'GET /shops/:shop 200'),
  row('404 in a mounted router', 'GET /shops/7/nowhere', 'GET <unmatched> 404'),
  row("next('router')", 'GET /shops/7/leave', 'GET <unmatched> 404'),
  row('routers in routers', 'GET /shops/7/a/b/leaf', 'GET /shops/:shop/a/b/:leaf 200'),
  row('an error in routers in routers', 'GET /shops/7/a/b/fails/here', 'GET /shops/:shop/a/b/fails/here 500'),
  row('an application in an application', 'GET /admin/users/3', 'GET /admin/users/:id 200'),
  row('404 in an application in an application', 'GET /admin/nowhere', 'GET <unmatched> 404'),
  row('a URL that cannot be decoded', 'GET /items/%E0%A4%A', 'GET <unmatched> 400'),
  row('100-continue', 'POST /items', 'POST /items 201', [...JSON_BODY, 'Expect: 100-continue'], '{"a":1}'),
  row('an expectation nobody has', 'POST /items', 'POST <unmatched> 417', ['Expect: the-unexpected']),
  {
    name: 'HTTP/1.0',
    text: writeRequest('GET', '/items/1').replace('HTTP/1.1', 'HTTP/1.0'),
    counted: ['GET /items/:id 200'],
  },
  row('an upgrade that is refused', 'GET /elsewhere', 'GET <unmatched> 403', UPGRADE),
  row('an upgrade that is cut', 'GET /silent', 'GET <unmatched> 499', UPGRADE),
  {
    name: 'without a Host',
    text: 'GET /items/1 HTTP/1.1\r\n\r\n',
    counted: ['GET <unmatched> 400'],
  },
  {
    name: 'pipelined',
    text: pipeline('/items/1', '/nowhere', '/stream', '/items/2'),
    counted: ['GET /items/:id 200', 'GET <unmatched> 404', 'GET /stream 200', 'GET /items/:id 200'],
  },
  { name: 'no HTTP', text: 'GARBAGE\r\n\r\n', counted: ['_OTHER <unmatched> 400'], refused: true },
  {
    name: 'a header that is no HTTP',
    text: 'GET /items/1 HTTP/1.1\r\nHost: test\r\nno colon here\r\n\r\n',
    counted: ['_OTHER <unmatched> 400'],
    refused: true,
  },
  {
    name: 'headers that are too long',
    text: `GET /items/1 HTTP/1.1\r\nHost: test\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    counted: ['_OTHER <unmatched> 431'],
    refused: true,
  },
];
