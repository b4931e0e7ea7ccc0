import { expect, test } from 'vitest';
import { describeUrl } from '../../../../src/http/outgoing/client-request.js';

test.each([
  [{ protocol: 'http:', address: 'a.test', port: 80, path: '/x?page=2' }, 'http://a.test/x?page=2'],
  [{ protocol: 'https:', address: 'a.test', port: 443, path: '/' }, 'https://a.test/'],
  [{ protocol: 'https:', address: 'a.test', port: 80, path: '/' }, 'https://a.test:80/'],
  [{ protocol: 'http:', address: '::1', port: 8080, path: '/' }, 'http://[::1]:8080/'],
  [{ protocol: 'http:', address: 'proxy.test', port: 3128, path: 'http://u:p@a.test/x' }, 'http://a.test/x'],
])('%o is shown as %s', (parts, expected) => {
  expect(describeUrl(parts)).toBe(expected);
});

test('secrets are hidden', () => {
  const shown = describeUrl({
    protocol: 'http:',
    address: 'a.test',
    port: 80,
    path: '/x?X-Plex-Token=hunter2&sig=hunter2',
  });
  expect(shown).not.toContain('hunter2');
});
