import { writeRequest, type RequestRow } from './express-requests.js';

function row(request: string, counted: string, headers: readonly string[] = [], body = ''): RequestRow {
  const [method = '', url = ''] = request.split(' ');
  return {
    name: `${request} ${headers.join(' ')}`,
    text: writeRequest(method, url, headers, body),
    counted: [counted],
  };
}

/** What the application bare.js is asked. Each is answered by the server, which then closes the connection. */
export const BARE_REQUESTS: readonly RequestRow[] = [
  row('GET /', 'GET <unmatched> 200'),
  row('HEAD /', 'HEAD <unmatched> 200'),
  row('OPTIONS *', 'OPTIONS <unmatched> 404'),
  row('PROPFIND /nowhere', '_OTHER <unmatched> 404'),
  row('GET /chunks', 'GET <unmatched> 200'),
  row('GET /implicit', 'GET <unmatched> 202'),
  row('GET /object', 'GET <unmatched> 200'),
  row('GET /only-object', 'GET <unmatched> 200'),
  row('GET /list', 'GET <unmatched> 200'),
  row('GET /list-merged', 'GET <unmatched> 200'),
  row('GET /pairs', 'GET <unmatched> 200'),
  row('GET /nonsense', 'GET <unmatched> 200'),
  row('GET /late', 'GET <unmatched> 200'),
  row('GET /forward', 'GET <unmatched> 200'),
  row('GET /cut', 'GET <unmatched> 499'),
  row('POST /echo', 'POST <unmatched> 200', [], 'a body'),
  row('POST /echo', 'POST <unmatched> 200', ['Expect: 100-continue'], 'a body'),
  row('POST /refuse', 'POST <unmatched> 413', ['Expect: 100-continue', 'Content-Length: 6']),
  row('POST /echo', 'POST <unmatched> 417', ['Expect: the-unexpected'], 'a body'),
  row('CONNECT example.com:443', 'CONNECT <unmatched> 200'),
  row('GET /elsewhere', 'GET <unmatched> 400', ['Connection: Upgrade', 'Upgrade: websocket']),
  row('GET /', 'GET <unmatched> 400', ['Connection: Upgrade', 'Upgrade: something-else']),
  { name: 'no HTTP', text: '\u0016\u0003\u0001', counted: ['_OTHER <unmatched> 400'], refused: true },
  {
    name: 'garbage behind a request',
    text: `${writeRequest('GET', '/hang').replace('close', 'keep-alive')}GARBAGE\r\n\r\n`,
    counted: ['GET <unmatched> 499'],
  },
];
