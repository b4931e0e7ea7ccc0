import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { waitUntil } from '../../../scripts/stack/wait-until.js';
import { makeRecord, makeRequest, post } from '../otlp.js';
import { nameDay } from '../stack.js';
import { describeCollector, waitForQuery } from './faults.js';
import type { Site } from './start.js';

const DAY_MS = 86_400_000;
const TAKEN_MS = 60_000;

/** Sends records to the index of yesterday, which somebody has made for something else, until an alert can be made of it. */
export async function sendRefused(site: Site): Promise<void> {
  const timeMs = Date.now() - DAY_MS;
  const settings = { 'index.mapping.ignore_malformed': false };
  const mappings = { properties: { message: { type: 'integer' } } };
  await putIndex(site, `barbossa-logs-${nameDay(timeMs)}`, { settings, mappings });
  const { url, headers, tls } = describeCollector(site);
  const body = (): string => makeRequest([makeRecord({ message: 'not a number', timeMs })]);
  for (let count = 1; count <= 2; count += 1) {
    // Its queue is full of what has waited.
    await waitUntil(async () => (await post(url, body(), headers, tls)).status === 200, {
      what: 'the collector takes a record',
      timeoutMs: TAKEN_MS,
      everyMs: 1_000,
    });
    const refused = 'sum(otelcol_elasticsearch_docs_processed{http_response_status_code="400"})';
    await waitForQuery(site, `${refused} >= ${count}`);
  }
}

async function putIndex({ whole, readSecret }: Site, index: string, body: object): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const sent = request(
      {
        method: 'PUT',
        host: whole.get('elasticsearch').address,
        port: 9200,
        // The name that the certificate is for.
        servername: 'elasticsearch',
        ca: readFileSync(path.join(whole.findVolume('secrets'), 'ca.crt')),
        auth: `barbossa_setup:${readSecret('setup.password').trim()}`,
        path: `/${index}`,
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`Elasticsearch answered ${response.statusCode} ${text}`));
        });
      },
    );
    sent.on('error', reject).end(JSON.stringify(body));
  });
}
