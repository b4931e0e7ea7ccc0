/** The key that a line opens, with its indentation; nothing for comments, list items and text. */
const KEY_LINE = /^( *)([\w./-]+):(?: |$)/;

/**
 * The paths of all keys of block mappings in a YAML text: `exporters > elasticsearch > retry`. What is in a list is
 * left out. Enough for the files of otel-collector/, without a YAML package.
 */
export function listKeyPaths(text: string): string[] {
  const open: { readonly indent: number; readonly key: string }[] = [];
  const paths: string[] = [];
  let listIndent = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n')) {
    if (/^ *(#|$)/.test(line)) continue;
    const indent = line.search(/\S/);
    if (indent <= listIndent) listIndent = /^ *- /.test(line) ? indent : Number.POSITIVE_INFINITY;
    const key = KEY_LINE.exec(line)?.[2];
    if (key === undefined || indent >= listIndent) continue;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    open.push({ indent, key });
    paths.push(open.map((entry) => entry.key).join(' > '));
  }
  return paths;
}
