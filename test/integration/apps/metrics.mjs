import { createServer } from 'node:http';
import { metrics } from '@opentelemetry/api';
import {
  observeActiveUsers,
  observeLibrary,
  observeQueueLength,
  recordImport,
  startDownload,
} from '../../../dist/index.js';

let behaviour = 'answer';
const behaviours = {
  answer: (value) => value,
  later: async (value) => value,
  throw: () => {
    throw new Error('the library is closed');
  },
  reject: () => Promise.reject(new Error('the library is closed')),
  nonsense: () => 'many',
  silent: () => new Promise(() => {}),
};
const behave = (value) => behaviours[behaviour](value);
const downloads = [];
let disposers = [];

/** What the tests ask for, by path. */
const orders = {
  observe: () => {
    const options = { deadlineMs: 200 };
    disposers = [
      observeLibrary(() => behave({ tracks: 480, sizeBytes: 1e9 }), options),
      observeActiveUsers(() => behave(3), options),
      observeQueueLength('downloads', () => behave(7), options),
    ];
  },
  dispose: () => {
    for (const dispose of disposers) dispose();
  },
  behave: (name) => {
    behaviour = name;
  },
  start: (source) => {
    downloads.push(startDownload({ source }));
  },
  end: (outcome) => downloads.shift()[outcome](),
  imports: (count) => {
    for (let index = 0; index < Number(count); index += 1) {
      recordImport({ source: `source ${index}`, status: 'success' });
    }
  },
  strange: () => {
    for (const source of [undefined, 7, {}, '', 'x'.repeat(121), 'two\nlines']) {
      recordImport({ source, status: 'success' });
    }
  },
  // An instrument of the application's own, made with OpenTelemetry's API.
  own: () => {
    const gauge = metrics.getMeter('own').createObservableGauge('own_gauge');
    gauge.addCallback((result) => result.observe(behave(5)));
  },
};

const server = createServer((request, response) => {
  const [, order, argument] = request.url.split('/');
  orders[order](argument);
  response.end('done');
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
