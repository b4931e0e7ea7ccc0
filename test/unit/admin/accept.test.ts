import { expect, test } from 'vitest';
import { chooseOpenMetrics } from '../../../src/admin/accept.js';

/** What Prometheus 3 sends by default. */
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
  'application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,' +
  'text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

test.each<[accept: string, version: string]>([
  [PROMETHEUS, '1.0.0'],
  // Prometheus 2.
  ['application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1', '1.0.0'],
  ['application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', '0.0.1'],
  ['application/openmetrics-text', '1.0.0'],
  ['Application/OpenMetrics-Text ; Version="1.0.0" ; Charset=UTF-8 ; Q=0.5', '1.0.0'],
  ['application/openmetrics-text;version=0.0.1,application/openmetrics-text;version=1.0.0', '1.0.0'],
  ['application/openmetrics-text;version=0.0.1;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8', '0.0.1'],
  // As much as the text: only who reads it names it.
  ['text/plain,application/openmetrics-text', '1.0.0'],
  ['*/*,application/openmetrics-text', '1.0.0'],
  // Of the ranges for the text, the one that names it most exactly counts.
  ['text/plain;version=0.0.4;q=0.1,text/plain;q=0.9,application/openmetrics-text;q=0.5', '1.0.0'],
  ['text/plain;q=0,*/*,application/openmetrics-text;q=0.1', '1.0.0'],
  // Text that is not served.
  ['text/plain;version=1.0.0,application/openmetrics-text;q=0.1', '1.0.0'],
  ['text/plain;charset=utf-16,application/openmetrics-text;q=0.1', '1.0.0'],
  [',,;q=1,nonsense,application/openmetrics-text', '1.0.0'],
])('OpenMetrics: %s', (accept, version) => {
  expect(chooseOpenMetrics(accept)).toBe(version);
});

test.each<[accept: string | undefined]>([
  [undefined],
  [''],
  ['*/*'],
  ['application/*'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['text/plain;version=0.0.4'],
  ['application/json'],
  ['application/openmetrics-text;q=0'],
  ['application/openmetrics-text;q=0.000,*/*;q=0'],
  ['application/openmetrics-text;version=2.0.0'],
  ['application/openmetrics-text;version='],
  ['application/openmetrics-text;version=1'],
  ['application/openmetrics-text;charset=utf-16'],
  ['application/openmetrics-text;q=0.4,text/plain;q=0.5'],
  ['application/openmetrics-text;q=0.4,text/*;q=0.5'],
  ['application/openmetrics-text;q=0.4,*/*;q=0.5'],
  // Weights that are none.
  ['application/openmetrics-text;q=high'],
  ['application/openmetrics-text;q=2'],
  ['application/openmetrics-text;q=-1'],
  ['application/openmetrics-text;q='],
  ['application/openmetrics-text;q=0.1234'],
  ['application/openmetrics-textual'],
  ['xapplication/openmetrics-text'],
  ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'],
  ['application /openmetrics-text'],
  [';;;,,,"'],
  ['\u0000\u00ff'],
])('Prometheus text: %j', (accept) => {
  expect(chooseOpenMetrics(accept)).toBeUndefined();
});

test.each([',', ';', '"', '\\"', 'a;', '=', 'application/openmetrics-text;q=0,', '*/*;q=0.1,'])(
  'a header full of %s is read to its end',
  (piece) => {
    const header = piece.repeat(16_384 / piece.length);
    expect(chooseOpenMetrics(`${header},application/openmetrics-text;q=0.5`)).toBe('1.0.0');
  },
);
