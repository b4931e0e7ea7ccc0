// Every relative link in the documents leads somewhere: to a file, and to a heading where it names one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeStackFiles } from '../../../scripts/project/stack-archive.js';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { listAnchors, listLinks } from './markdown.js';

/** Documents of the repository, from its root. */
function listDocuments(folder: string): string[] {
  return readdirSync(fromRoot(folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : listDocuments(name);
    return entry.name.endsWith('.md') ? [name] : [];
  });
}

const DOCUMENTS = [
  ...readdirSync(fromRoot('')).filter((name) => name.endsWith('.md')),
  ...listDocuments('docs'),
  // README.md of a site's folder has its links there.
  ...listDocuments('deploy').filter((name) => !name.startsWith('deploy/site/')),
];

/** What is wrong with the links of a document. */
function findBroken(
  document: string,
  text: string,
  has: (place: string) => boolean,
  read: (place: string) => string,
): string[] {
  return listLinks(text).filter((link) => {
    const [target = '', anchor] = link.split('#');
    const place = target === '' ? document : path.posix.join(path.posix.dirname(document), decodeURI(target));
    if (place.startsWith('..') || !has(place)) return true;
    return anchor !== undefined && !listAnchors(read(place)).includes(anchor);
  });
}

test.each(DOCUMENTS)('%s', (document) => {
  const read = (place: string): string => readFileSync(fromRoot(place), 'utf8');
  const isThere = (place: string): boolean => existsSync(fromRoot(place));
  expect(findBroken(document, read(document), isThere, read)).toEqual([]);
});

test('each document of docs/ is in its index', () => {
  const linked = new Set(listLinks(readFileSync(fromRoot('docs/README.md'), 'utf8')));
  const names = readdirSync(fromRoot('docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(names.filter((name) => !linked.has(name))).toEqual([]);
});

test('what README.md links to travels in the package, but for what is of the repository', () => {
  const { files } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { files: string[] };
  const isPacked = (name: string): boolean =>
    ['README.md', 'LICENSE'].includes(name) ||
    (!files.includes(`!${name}`) &&
      (files.includes(name) || (files.includes('docs/*.md') && /^docs\/[^/]+\.md$/.test(name))));
  const links = listLinks(readFileSync(fromRoot('README.md'), 'utf8')).filter((link) => !link.startsWith('#'));
  expect(links.filter((link) => !isPacked(link.split('#')[0] ?? ''))).toEqual([
    'docs/pictures/live-page.png',
    'deploy/README.md',
    'CONTRIBUTING.md',
    'docs/adr/README.md',
  ]);
});

describe('a folder that barbossa-telemetry deploy has written', () => {
  const files = new Map(makeStackFiles().map(({ path: name, text }) => [name, text]));
  const names = [...files.keys()];
  const isThere = (place: string): boolean =>
    files.has(place) || names.some((name) => name.startsWith(`${place.replace(/\/$/, '')}/`));

  test.each(names.filter((name) => name.endsWith('.md')))('%s', (name) => {
    expect(findBroken(name, files.get(name) ?? '', isThere, (place) => files.get(place) ?? '')).toEqual([]);
  });
});

test('a link that leads nowhere is found', () => {
  const text = '# A b\n\n[x](nowhere.md) [y](#no) [z](#a-b) `[c](code.md)` [s](there.md)\n\n    [i](indented.md)\n';
  const isThere = (place: string): boolean => ['README.md', 'there.md'].includes(place);
  expect(findBroken('README.md', text, isThere, () => text)).toEqual(['nowhere.md', '#no']);
});
