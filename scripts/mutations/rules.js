import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { listRuleFiles, nameTest } from '../rules/rule-files.js';
import { findPrometheus } from '../stack/install-prometheus.js';
import { fromRoot } from '../stack/paths.js';
import { mutatePromql } from './promql.js';
import { testRuleFiles } from './promtool.js';

/**
 * A file of rules with one thing changed.
 * @typedef {{ what: string, file: string, text: string }} ChangedFile
 */

/** @typedef {import('yaml').YAMLMap<string, unknown>} Rule */

const FOLDERS = ['rules', 'alerts'];
const BATCH = 40;

/** Each alert and each recording rule, against the tests beside its file. @type {import('./suite.js').Suite<ChangedFile>} */
export const rules = {
  title: 'alerts and recording rules',
  find: () => listRuleFiles().flatMap(changeFile),
  findSurvivors: async (changes) => {
    await testUnchanged();
    const survivors = [];
    for (let from = 0; from < changes.length; from += BATCH) {
      survivors.push(...(await testBatch(changes.slice(from, from + BATCH))));
    }
    return survivors;
  },
};

/** @param {string} file @returns {ChangedFile[]} */
function changeFile(file) {
  const text = readFileSync(fromRoot(`deploy/prometheus/${file}`), 'utf8');
  const paths = findRules(text);
  return paths.flatMap((path) => {
    const rule = getRule(text, path).rule;
    const name = readText(rule, 'alert') ?? readText(rule, 'record');
    return changeRule(rule).map(({ what, key, value }) => {
      const { document, rule: changed } = getRule(text, path);
      if (value === undefined) changed.delete(key);
      else changed.set(key, value);
      return { what: `${file}: ${name}: ${what}`, file, text: document.toString({ lineWidth: 0 }) };
    });
  });
}

/** Where the rules of a file are. @param {string} text @returns {(string | number)[][]} */
function findRules(text) {
  /** @type {{ groups: { rules: unknown[] }[] }} */
  const { groups } = parseDocument(text).toJS();
  return groups.flatMap((group, at) => group.rules.map((_, index) => ['groups', at, 'rules', index]));
}

/** @param {string} text @param {(string | number)[]} path */
function getRule(text, path) {
  const document = parseDocument(text);
  return { document, rule: /** @type {Rule} */ (document.getIn(path)) };
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

/** @throws {Error} Where tests fail without any change: they would notice all of them. */
async function testUnchanged() {
  const tests = listRuleFiles().map((file) => fromRoot(`deploy/prometheus/${nameTest(file)}`));
  const passed = await testRuleFiles(findPrometheus().promtool, tests);
  const failed = tests.filter((test) => !passed.has(test));
  if (failed.length > 0) throw new Error(`these fail already: ${failed.join(', ')}`);
}

/** Those of a batch whose tests pass all the same. @param {readonly ChangedFile[]} batch */
async function testBatch(batch) {
  const { promtool } = findPrometheus();
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-mutations-'));
  try {
    const tests = batch.map((change, index) => layOut(change, join(folder, String(index))));
    const passed = await testRuleFiles(promtool, tests);
    return batch.filter((_, index) => passed.has(tests[index] ?? ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All rules and tests, with one file changed. Gives the test that stands beside it. @param {ChangedFile} change @param {string} place */
function layOut({ file, text }, place) {
  for (const folder of FOLDERS) {
    mkdirSync(join(place, folder), { recursive: true });
    for (const name of readdirSync(fromRoot(`deploy/prometheus/${folder}`))) {
      const path = `${folder}/${name}`;
      if (path === file) writeFileSync(join(place, path), text);
      else symlinkSync(fromRoot(`deploy/prometheus/${path}`), join(place, path));
    }
  }
  return join(place, nameTest(file));
}
