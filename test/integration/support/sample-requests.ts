import { writeRequest, type RequestRow } from './express-requests.js';

const JSON_BODY = ['Content-Type: application/json'];

function row(request: string, counted: string, headers: readonly string[] = [], body = ''): RequestRow {
  const [method = '', url = ''] = request.split(' ');
  return { name: `${request} ${body}`.trim(), text: writeRequest(method, url, headers, body), counted: [counted] };
}

/** What the sample can be asked without a session, so that the answers are always the same. */
export const SAMPLE_REQUESTS: readonly RequestRow[] = [
  row('GET /', 'GET / 200'),
  row('HEAD /', 'HEAD / 200'),
  row('GET /api/tracks?page=2&size=5', 'GET /api/tracks 200'),
  row('GET /api/tracks?page=0', 'GET /api/tracks 400'),
  row('GET /api/tracks/6', 'GET /api/tracks/:id 200'),
  row('GET /api/tracks/481', 'GET /api/tracks/:id 404'),
  row('GET /api/search?q=WINDWARD', 'GET /api/search 200'),
  row('GET /api/downloads', 'GET /api/downloads 200'),
  row('GET /api/downloads/none', 'GET /api/downloads/:id 404'),
  row('GET /api/fail', 'GET /api/fail 500'),
  row('GET /api/slow?ms=50&stream=1', 'GET /api/slow 200'),
  row('POST /api/login', 'POST /api/login 401', JSON_BODY, '{"user":"anne","password":"guess"}'),
  row('POST /api/login', 'POST <unmatched> 400', JSON_BODY, '{"user"'),
  row('POST /api/downloads', 'POST /api/downloads 401', JSON_BODY, '{}'),
  row('DELETE /api/downloads/1', 'DELETE /api/downloads/:id 401'),
  row('OPTIONS /api/tracks', 'OPTIONS <unmatched> 200'),
  row('GET /api/nothing', 'GET <unmatched> 404'),
  row('GET /nothing', 'GET <unmatched> 404'),
  row('PROPFIND /api/tracks', '_OTHER <unmatched> 404'),
];
