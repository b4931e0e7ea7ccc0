import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fromRoot } from '../paths.js';

/**
 * What the last stage of a Dockerfile in deploy/ says, without what it copies from earlier stages.
 * @param {string} file From the root of the checkout, which is its context.
 */
export function readDockerfile(file) {
  const text = readFileSync(fromRoot(file), 'utf8').replaceAll(/\\\n\s*/g, '');
  const lines = text.split('\n').slice(text.slice(0, text.lastIndexOf('\nFROM ') + 1).split('\n').length);
  const find = (/** @type {string} */ word) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const folder = find('WORKDIR').at(-1) ?? '/';
  return {
    folder,
    /** @type {Record<string, string>} */
    env: Object.fromEntries(
      find('ENV').flatMap((line) =>
        Array.from(line.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g), ([, name, quoted, bare]) => [name, quoted ?? bare]),
      ),
    ),
    user: find('USER').at(-1),
    healthCheck: find('HEALTHCHECK').at(-1),
    /** @type {string[] | undefined} */
    entrypoint: parse(find('ENTRYPOINT').at(-1)),
    /** @type {string[] | undefined} */
    command: parse(find('CMD').at(-1)),
    /** Of the checkout, by where they are in the image. @type {Record<string, string>} */
    files: Object.fromEntries(
      find('COPY')
        .filter((line) => !line.startsWith('--from='))
        .flatMap((line) => {
          const words = line.split(' ');
          const target = posix.join(folder, words.at(-1) ?? '');
          return words
            .slice(0, -1)
            .map((source) => [
              target.endsWith('/') ? posix.join(target, posix.basename(source)) : target,
              fromRoot(source),
            ]);
        }),
    ),
  };
}

/** @param {string | undefined} text */
function parse(text) {
  return text === undefined ? undefined : JSON.parse(text);
}
