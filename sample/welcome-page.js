import { PASSWORD } from './sessions.js';

const ENDPOINTS = [
  ['GET', '/api/tracks?page=1&size=20', 'the library'],
  ['GET', '/api/tracks/1', 'one track'],
  ['GET', '/api/search?q=shanty', 'tracks with a text in artist, album or title'],
  ['POST', '/api/login', `{"user": "anne", "password": "${PASSWORD}"}; any name will do`],
  ['POST', '/api/logout', 'with a session'],
  ['GET', '/api/downloads', 'downloads, newest first; /api/downloads/:id is one of them'],
  ['POST', '/api/downloads', '{"artist": "Windward", "title": "Wild Sails", "source": "archive"}, with a session'],
  ['DELETE', '/api/downloads/:id', 'cancels it; with a session'],
  ['POST', '/api/imports', '{"folder": "incoming/windward", "source": "folder"}, with a session'],
  ['GET', '/ws', 'a WebSocket that tells of the progress of downloads'],
  ['GET', '/api/slow?ms=500', 'answers after so many milliseconds; with stream=1 piece by piece'],
  ['GET', '/api/fail', 'fails'],
];

const rows = ENDPOINTS.map(([method, path, what]) => `<tr><td>${method}<td><code>${path}</code><td>${what}`);

/** What is there, for a person with a browser. */
export const WELCOME_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Barbossa</title>
<h1>Barbossa, the sample music library</h1>
<table>
${rows.join('\n')}
</table>
</html>
`;
