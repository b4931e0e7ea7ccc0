// @needs collector, Elasticsearch, PostgreSQL, Redis
import { expect, onTestFinished, test } from 'vitest';
import { SHORT, startSample, waitForState } from './sample-app.js';
import { startChain, waitForDocuments, withRequestId } from './stack.js';

test('Elasticsearch finds the lines of the web process and of the worker by one request id, and by one trace', async () => {
  const chain = await startChain();
  onTestFinished(chain.stop);
  const sample = await startSample(chain.collector.url);
  const { body } = await sample.call('POST', '/api/downloads', SHORT, 'request-1');
  await waitForState(sample, body['id'], 'succeeded');
  const documents = await waitForDocuments(chain.elasticsearch, withRequestId('request-1'), 2);
  const found = documents.map(({ _index, _source }) => [_index.replace(/[\d.]+$/, ''), _source['message']]);
  expect(Object.fromEntries(found)).toEqual({
    'barbossa-logs-': 'POST /api/downloads 202',
    'celery-logs-': `downloaded ${SHORT.artist}: ${SHORT.title}`,
  });
  const traceId = documents[0]?._source['trace_id'];
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(await waitForDocuments(chain.elasticsearch, { term: { trace_id: traceId } }, 2)).toHaveLength(2);
});
