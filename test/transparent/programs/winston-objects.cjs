// What the application hands to winston in a request and uses afterwards: the same keys, descriptors and values.
'use strict';
const { exchangeBytes, print, printBytes, startServer } = require('../support/seen.cjs');
const { FORMATS, OBJECTS, WAYS } = require('../support/winston-forms.cjs');
const { describeObject } = require('../support/describe-object.cjs');

// Frames of whoever called are no part of what is logged.
Error.stackTraceLimit = 0;
// How long something took is the same in every run.
Date.now = () => 0;
const ANSWER = '/answer';

function log(name) {
  const [way, format, kind] = name.slice(1).split('/').map(decodeURIComponent);
  const { object, show } = OBJECTS[kind]();
  const lines = [];
  const logger = FORMATS[format]((line) => lines.push(line));
  try {
    WAYS[way](logger, object);
  } catch (error) {
    print(`${name} threw`, `${error.constructor.name}: ${error.message}`);
  }
  print(name, describeObject(object));
  for (const line of lines) print('  printed', line);
  return show?.(object) ?? object;
}

async function main() {
  const { server, port } = await startServer((request, response) => {
    const object = log(request.url.slice(ANSWER.length));
    // What an application does with an error or a body that it has logged.
    response.end(JSON.stringify({ ...object }));
  });
  for (const way of Object.keys(WAYS)) {
    for (const format of Object.keys(FORMATS)) {
      for (const kind of Object.keys(OBJECTS)) {
        const url = `${ANSWER}/${[way, format, kind].map(encodeURIComponent).join('/')}`;
        const bytes = await exchangeBytes(
          port,
          `GET ${url} HTTP/1.1\r\nhost: example\r\nx-request-id: of-the-client\r\nconnection: close\r\n\r\n`,
        );
        printBytes('answered', bytes, [port]);
      }
    }
  }
  server.close();
}

void main();
