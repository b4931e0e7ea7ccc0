import { writeRequest, type RequestRow } from './express-requests.js';

const JSON_BODY = ['Content-Type: application/json'];
const WEBSOCKET = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

function row(request: string, counted: string, headers: readonly string[] = [], body = ''): RequestRow {
  const [method = '', url = ''] = request.split(' ');
  return {
    name: `${request} ${headers.join(' ')} ${body}`.trim(),
    text: writeRequest(method, url, headers, body),
    counted: [counted],
  };
}

/** The library that json-server serves. */
export const JSON_SERVER_LIBRARY = {
  albums: [
    { id: 1, title: 'Black Sails', year: 1720 },
    { id: 2, title: 'Silent Anchor', year: 1718 },
  ],
  tracks: [{ id: 1, albumId: 1, title: 'Windward', lyrics: 'yo ho '.repeat(500) }],
  owner: { name: 'Anne' },
};

/** What json-server is asked: its routes prepare an answer, and a middleware behind them sends it. */
export const JSON_SERVER_REQUESTS: readonly RequestRow[] = [
  row('GET /', 'GET <unmatched> 200'),
  row('GET /db', 'GET /db 200'),
  row('GET /albums', 'GET /albums 200'),
  row('GET /albums?_sort=year&_order=asc&_page=1&_limit=1', 'GET /albums 200'),
  row('GET /albums/1?_embed=tracks', 'GET /albums/:id 200'),
  row('GET /albums/99', 'GET <unmatched> 404'),
  row('GET /albums/1/tracks', 'GET /tracks 200'),
  row('GET /tracks', 'GET /tracks 200', ['Accept-Encoding: gzip']),
  row('GET /owner', 'GET /owner 200'),
  row('GET /owner?callback=show', 'GET /owner 200'),
  row('HEAD /albums/1', 'HEAD /albums/:id 200'),
  row('OPTIONS /albums', 'OPTIONS <unmatched> 204', ['Origin: http://127.0.0.1', 'Access-Control-Request-Method: PUT']),
  row('POST /albums', 'POST /albums 201', JSON_BODY, '{"title":"Wild Sails"}'),
  row('POST /albums', 'POST <unmatched> 400', JSON_BODY, '{"title":'),
  row('POST /albums/2/tracks', 'POST /tracks 201', JSON_BODY, '{"title":"Bilge"}'),
  row('PUT /albums/3', 'PUT /albums/:id 200', JSON_BODY, '{"title":"Wilder Sails"}'),
  row('PATCH /albums/3', 'PATCH /albums/:id 200', JSON_BODY, '{"year":1721}'),
  row('POST /albums/3', 'POST <unmatched> 404', JSON_BODY, '{}'),
  row('DELETE /albums/3', 'DELETE /albums/:id 200'),
  row('DELETE /albums/3', 'DELETE <unmatched> 404'),
  row('GET /nowhere', 'GET <unmatched> 404'),
  row('PROPFIND /albums', '_OTHER <unmatched> 404'),
  row('GET /albums/%E0%A4%A', 'GET <unmatched> 500'),
  row('GET /owner', 'GET /owner 304', ['If-None-Match: *']),
];

/** What PeerServer is asked: an application mounted in another, a router mounted below a parameter. */
export const PEER_REQUESTS: readonly RequestRow[] = [
  row('GET /', 'GET / 200'),
  row('HEAD /', 'HEAD / 200'),
  row('GET /peerjs/id', 'GET /:key/id 200'),
  row('GET /another/id', 'GET /:key/id 200'),
  row('GET /peerjs/peers', 'GET /:key/peers 200'),
  row('GET /peerjs', 'GET <unmatched> 404'),
  row('GET /nowhere/at/all', 'GET <unmatched> 404'),
  row('POST /peerjs/id', 'POST <unmatched> 404', JSON_BODY, '{}'),
  row('OPTIONS /peerjs/id', 'OPTIONS <unmatched> 204', ['Origin: http://a.example']),
  row('GET /peerjs/id', 'GET /:key/id 200', ['Origin: http://a.example']),
  row('GET /elsewhere', 'GET <unmatched> 400', WEBSOCKET),
];

/** A WebSocket handshake, with a key that is always the same. */
export function writeHandshake(path: string): string {
  return writeRequest('GET', path, WEBSOCKET);
}
