import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { fromRoot } from '../stack/paths.js';

const FOLDERS = ['rules', 'alerts'];

/**
 * A rule as its file has it.
 * @typedef {object} Rule
 * @property {string} file From deploy/prometheus/.
 * @property {string} [alert] @property {string} [record]
 * @property {string} expr @property {string} [for]
 * @property {Record<string, string>} [labels] @property {Record<string, string>} [annotations]
 */

/** Files of rules, from deploy/prometheus/. @returns {string[]} */
export function listRuleFiles() {
  return FOLDERS.flatMap((folder) =>
    readdirSync(fromRoot(`deploy/prometheus/${folder}`))
      .filter((name) => name.endsWith('.yml') && !name.endsWith('.test.yml'))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
}

/** The test beside a file of rules. @param {string} file */
export function nameTest(file) {
  return file.replace(/\.yml$/, '.test.yml');
}

/** All rules. @returns {Rule[]} */
export function readRules() {
  return listRuleFiles().flatMap((file) => {
    /** @type {{ groups: { rules: Omit<Rule, 'file'>[] }[] }} */
    const { groups } = parse(readFileSync(fromRoot(`deploy/prometheus/${file}`), 'utf8'));
    return groups.flatMap(({ rules }) => rules.map((rule) => ({ ...rule, file })));
  });
}
