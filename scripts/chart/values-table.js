import { isMap, isScalar, parseDocument } from 'yaml';

/**
 * A value of the chart.
 * @typedef {object} ChartValue
 * @property {string} path With dots: `gateway.queue.bytes`.
 * @property {string} about Its comment, as one line.
 * @property {unknown} fallback
 */

/**
 * The values of a values.yaml, in their order.
 * @param {string} text @returns {ChartValue[]}
 * @throws {Error} That names those without a comment.
 */
export function listValues(text) {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  const values = walk(contents, '');
  const silent = values.filter(({ about }) => about === '').map(({ path }) => path);
  if (silent.length > 0) throw new Error(`values.yaml has no comment on ${silent.join(', ')}`);
  return values;
}

/** The table of values in the chart's README. @param {string} text That of values.yaml. */
export function printValuesTable(text) {
  const rows = listValues(text).map(({ path, about, fallback }) => [
    `\`${path}\``,
    `\`${JSON.stringify(fallback)}\``,
    about,
  ]);
  return [['value', 'default', 'what'], ['---', '---', '---'], ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

/** Written on one line, a map is a value; on lines of its own, a group of them. @param {import('yaml').YAMLMap} map @param {string} prefix @returns {ChartValue[]} */
function walk(map, prefix) {
  return map.items.flatMap(({ key, value }, index) => {
    const path = `${prefix}${isScalar(key) ? String(key.value) : ''}`;
    // The comment before the first key belongs to the map.
    const comment = (isScalar(key) ? key.commentBefore : undefined) ?? (index === 0 ? map.commentBefore : undefined);
    if (isMap(value) && value.flow !== true && !path.endsWith('resources')) return walk(value, `${path}.`);
    return [{ path, about: joinLines(comment ?? ''), fallback: toJs(value) }];
  });
}

/** Its last paragraph: what stands before an empty line is about more than this value. @param {string} comment */
function joinLines(comment) {
  const paragraph = comment.split(/\n[ \t]*\n/).at(-1) ?? '';
  return paragraph.trim().replaceAll(/\s*\n\s*/g, ' ');
}

/** @param {unknown} node @returns {unknown} */
function toJs(node) {
  return isScalar(node) ? node.value : JSON.parse(JSON.stringify(node));
}
