import { expect, test } from 'vitest';
import { findInHosts, listCandidates, readSearchRules } from '../../../src/delivery/resolv-conf.js';

const KUBERNETES = 'search music.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n';

function candidatesOf(text: string, name: string, env: NodeJS.ProcessEnv = {}, host = 'box'): readonly string[] {
  return listCandidates(name, readSearchRules(text, env, host));
}

test.each<[string, string, readonly string[]]>([
  ['', 'collector', ['collector']],
  ['search a.example b.example', 'collector', ['collector.a.example', 'collector.b.example', 'collector']],
  ['search a.example', 'collector.ops', ['collector.ops', 'collector.ops.a.example']],
  ['search a.example', 'collector.', ['collector']],
  ['search a.example.', 'collector', ['collector.a.example', 'collector']],
  ['search a.example\nsearch b.example', 'collector', ['collector.b.example', 'collector']],
  ['search a.example\ndomain b.example', 'collector', ['collector.b.example', 'collector']],
  ['# search a.example\n; search b.example', 'collector', ['collector']],
  ['search . a.example', 'collector', ['collector', 'collector.a.example']],
  ['\tsearch\ta.example  b.example\r', 'c', ['c.a.example', 'c.b.example', 'c']],
  ['search a.example\noptions ndots:0', 'collector', ['collector', 'collector.a.example']],
  ['search a.example\noptions timeout:1 ndots:2 rotate', 'a.b', ['a.b.a.example', 'a.b']],
  [
    KUBERNETES,
    'collector.music',
    [
      'collector.music.music.svc.cluster.local',
      'collector.music.svc.cluster.local',
      'collector.music.cluster.local',
      'collector.music',
    ],
  ],
])('%j, %s', (text, name, candidates) => {
  expect(candidatesOf(text, name)).toEqual(candidates);
});

test('LOCALDOMAIN and RES_OPTIONS win; without any domain it is that of the machine', () => {
  const env = { LOCALDOMAIN: 'x.example y.example', RES_OPTIONS: 'ndots:3' };
  expect(candidatesOf(KUBERNETES, 'a.b.c', env)).toEqual(['a.b.c.x.example', 'a.b.c.y.example', 'a.b.c']);
  expect(candidatesOf('', 'collector', {}, 'box.home.example')).toEqual(['collector.home.example', 'collector']);
});

test('the hosts file: each line of a name, whatever the case, comments left out', () => {
  const text = [
    '127.0.0.1 localhost',
    '10.0.0.7\tCollector.example collector # logs',
    '#10.0.0.8 collector',
    'fd00::7 collector',
    '10.0.0.9 other # collector',
  ].join('\n');
  expect(findInHosts(text, 'COLLECTOR')).toEqual(['10.0.0.7', 'fd00::7']);
  expect(findInHosts(text, 'collector.example')).toEqual(['10.0.0.7']);
  expect(findInHosts(text, 'logs')).toEqual([]);
  expect(findInHosts('', 'collector')).toEqual([]);
});
