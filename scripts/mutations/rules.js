import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { listRuleFiles, nameTest } from '../rules/rule-files.js';
import { findPrometheus } from '../stack/install-prometheus.js';
import { fromRoot } from '../stack/paths.js';
import { narrow } from './narrow.js';
import { mutatePromql } from './promql.js';
import { testRuleFiles } from './promtool.js';

/**
 * A file of rules with one thing changed: in which group, in which rule of that.
 * @typedef {{ what: string, file: string, text: string, at: readonly [number, number] }} ChangedFile
 */

/** Files by their names from deploy/prometheus/; the test to run. @typedef {{ files: import('./narrow.js').Files, test: string }} Layout */

/** @typedef {import('yaml').YAMLMap<string, unknown>} Rule */

const BATCH = 40;

/** Each alert and each recording rule, against the tests beside its file. @type {import('./suite.js').Suite<ChangedFile>} */
export const rules = {
  title: 'alerts and recording rules',
  find: () => listRuleFiles().flatMap(changeFile),
  findSurvivors: async (changes) => {
    await checkUnchanged(changes);
    // One test notices most of them. Those that it does not are for all tests of the file.
    return findUnnoticed(await findUnnoticed(changes, layOutNarrow), layOutWhole);
  },
};

/** @param {string} file @returns {ChangedFile[]} */
function changeFile(file) {
  const text = readFileSync(fromRoot(`deploy/prometheus/${file}`), 'utf8');
  return findRules(text).flatMap((at) => {
    const rule = getRule(text, at).rule;
    const name = readText(rule, 'alert') ?? readText(rule, 'record');
    return changeRule(rule).map(({ what, key, value }) => {
      const { document, rule: changed } = getRule(text, at);
      if (value === undefined) changed.delete(key);
      else changed.set(key, value);
      return { what: `${file}: ${name}: ${what}`, file, text: document.toString({ lineWidth: 0 }), at };
    });
  });
}

/** Where the rules of a file are. @param {string} text @returns {(readonly [number, number])[]} */
function findRules(text) {
  /** @type {{ groups: { rules: unknown[] }[] }} */
  const { groups } = parseDocument(text).toJS();
  return groups.flatMap((group, at) => group.rules.map((_, index) => /** @type {const} */ ([at, index])));
}

/** @param {string} text @param {readonly [number, number]} at */
function getRule(text, [group, index]) {
  const document = parseDocument(text);
  return { document, rule: /** @type {Rule} */ (document.getIn(['groups', group, 'rules', index])) };
}

/** @param {Rule} rule @returns {{ what: string, key: string, value?: string }[]} */
function changeRule(rule) {
  const changes = changeExpression(readText(rule, 'expr') ?? '').map(({ what, expr }) => ({
    what,
    key: 'expr',
    value: expr,
  }));
  const record = readText(rule, 'record');
  if (record !== undefined) return [...changes, { what: 'another name', key: 'record', value: `${record}_other` }];
  const wait = readText(rule, 'for');
  if (wait === undefined) return [...changes, { what: 'for 1m', key: 'for', value: '1m' }];
  const longer = wait.replace(/\d+/, (number) => String(Number(number) * 2));
  return [...changes, { what: 'no for', key: 'for' }, { what: `for ${longer}`, key: 'for', value: longer }];
}

/** @param {Rule} rule @param {string} key */
function readText(rule, key) {
  const value = rule.get(key);
  return typeof value === 'string' ? value : undefined;
}

/** @param {string} expr */
function changeExpression(expr) {
  // The watchdog: whatever its number is, it fires.
  return expr === 'vector(1)' ? [{ what: 'never', expr: 'vector(1) == 0' }] : mutatePromql(expr);
}

/** @param {readonly ChangedFile[]} changes @throws {Error} Where tests fail without any change: they would notice all of them. */
async function checkUnchanged(changes) {
  const unchanged = changes
    .filter(({ file, at }, index) => changes.findIndex((one) => one.file === file && one.at === at) === index)
    .map(({ file, at }) => {
      const text = readFileSync(fromRoot(`deploy/prometheus/${file}`), 'utf8');
      return { what: `rule ${at.join('/')} of ${file}`, file, text, at };
    });
  const whole = unchanged.filter(({ file }, index) => unchanged.findIndex((one) => one.file === file) === index);
  for (const [some, layOut] of /** @type {const} */ ([
    [whole, layOutWhole],
    [unchanged, layOutNarrow],
  ])) {
    const passed = new Set(await findUnnoticed(some, layOut));
    const failed = some.filter((one) => !passed.has(one)).map(({ what }) => what);
    if (failed.length > 0) throw new Error(`the tests of these fail already: ${failed.join(', ')}`);
  }
}

/** Those whose tests pass all the same. @param {readonly ChangedFile[]} changes @param {(change: ChangedFile) => Layout} layOut */
async function findUnnoticed(changes, layOut) {
  const unnoticed = [];
  for (let from = 0; from < changes.length; from += BATCH) {
    unnoticed.push(...(await testBatch(changes.slice(from, from + BATCH), layOut)));
  }
  return unnoticed;
}

/** @param {readonly ChangedFile[]} batch @param {(change: ChangedFile) => Layout} layOut */
async function testBatch(batch, layOut) {
  const { promtool } = findPrometheus();
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-mutations-'));
  try {
    const tests = batch.map((change, index) => write(layOut(change), join(folder, String(index))));
    const passed = await testRuleFiles(promtool, tests);
    return batch.filter((_, index) => passed.has(tests[index] ?? ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One test, and the rules that it needs. @param {ChangedFile} change @returns {Layout} */
function layOutNarrow(change) {
  const files = narrow(change);
  return files === undefined ? layOutWhole(change) : { files, test: nameTest(change.file) };
}

/** All tests beside the file. @param {ChangedFile} change @returns {Layout} */
function layOutWhole({ file, text }) {
  return { files: new Map([[file, text]]), test: nameTest(file) };
}

/** Writes the files, and links the others of deploy/prometheus/. Gives the path of the test. @param {Layout} layout @param {string} place */
function write({ files, test }, place) {
  for (const name of listRuleFiles().flatMap((file) => [file, nameTest(file)])) {
    const to = join(place, name);
    mkdirSync(dirname(to), { recursive: true });
    const text = files.get(name);
    if (text === undefined) symlinkSync(fromRoot(`deploy/prometheus/${name}`), to);
    else writeFileSync(to, text);
  }
  return join(place, test);
}
