'use strict';
const http = require('node:http');
const makeCases = require('./winston-cases.cjs');

/** Runs a case for each request, `GET /plain`; under /copy with the second copy of winston. */
module.exports = function serve(winston) {
  const copy = process.env.WINSTON_COPY;
  const cases = { main: makeCases(winston), ...(copy === undefined ? {} : { copy: makeCases(require(copy)) }) };
  const server = http.createServer(async (request, response) => {
    const [, which, name] = request.url.split('/');
    await cases[which][name]();
    response.end('done');
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
  });
};

if (require.main === module) module.exports(require('winston'));
