'use strict';
const http = require('node:http');
const { attempt, printBytes, startRecorder } = require('../support/seen.cjs');

async function main() {
  const recorder = await startRecorder();
  await attempt('get', async () => {
    const response = await new Promise((resolve, reject) => {
      http.get(`http://127.0.0.1:${recorder.port}/x?y=1`, resolve).on('error', reject);
    });
    response.resume();
    return response.statusCode;
  });
  printBytes('sent', await recorder.takeBytes(), [recorder.port]);
  recorder.close();
}

void main();
