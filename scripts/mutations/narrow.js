import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parse, stringify } from 'yaml';
import { nameTest } from '../rules/rule-files.js';
import { fromRoot } from '../stack/paths.js';

/** A rule as its file has it. @typedef {{ alert?: string, record?: string, expr: string, labels?: Record<string, string> }} Rule */
/** @typedef {{ groups: { rules: Rule[] }[] }} RuleFile */
/**
 * @typedef {object} TestFile
 * @property {string[]} rule_files
 * @property {{ alert_rule_test?: { alertname: string, exp_alerts: { exp_labels: Record<string, string> }[] }[], promql_expr_test?: { expr: string }[] }[]} tests
 */

/** Files by their names from deploy/prometheus/. @typedef {ReadonlyMap<string, string>} Files */

/**
 * What is most likely to notice a change of one rule, quickly: the one test that knows most of it, and only the rules
 * that this one needs.
 * @param {object} change
 * @param {string} change.file The file of rules, from deploy/prometheus/.
 * @param {string} change.text What it holds.
 * @param {readonly [number, number]} change.at The rule in it: which group, which rule of that.
 * @returns {Files | undefined} None where no test names the rule.
 */
export function narrow({ file, text, at: [group, index] }) {
  // As it is in deploy/: the name may be what is changed.
  const rule = readYaml(file).groups[group].rules[index];
  const test = chooseTest(/** @type {TestFile} */ (readYaml(nameTest(file))), rule);
  if (test === undefined) return undefined;
  const names = new Set(test.rule_files.map((name) => normalize(join(dirname(file), name))));
  const files = Array.from(names, (name) => {
    /** @type {RuleFile} */
    const content = name === file ? parse(text) : structuredClone(readYaml(name));
    return { name, content };
  });
  const changed = files.find(({ name }) => name === file)?.content.groups[group]?.rules[index];
  if (changed === undefined) return undefined;
  const needed = findNeeded(
    files.flatMap(({ content }) => content.groups.flatMap(({ rules: all }) => all)),
    [changed, rule],
  );
  for (const one of files.flatMap(({ content }) => content.groups)) {
    one.rules = one.rules.filter((it) => needed.has(it));
  }
  return new Map([
    ...files.map(({ name, content }) => /** @type {const} */ ([name, stringify(content)])),
    [nameTest(file), stringify(test)],
  ]);
}

/** @type {Map<string, any>} */
const parsed = new Map();

/** @param {string} name */
function readYaml(name) {
  if (!parsed.has(name)) parsed.set(name, parse(readFileSync(fromRoot(`deploy/prometheus/${name}`), 'utf8')));
  return parsed.get(name);
}

/** With the one test that asks most of the rule, and of that only what it asks of the rule. @param {TestFile} file @param {Rule} rule @returns {TestFile | undefined} */
function chooseTest(file, rule) {
  const narrowed = file.tests.map((test) => ({
    ...test,
    alert_rule_test: (test.alert_rule_test ?? []).filter(({ alertname }) => alertname === rule.alert),
    promql_expr_test: (test.promql_expr_test ?? []).filter(
      ({ expr }) => rule.record !== undefined && expr.includes(rule.record),
    ),
  }));
  /** @param {(typeof narrowed)[number]} test */
  const weigh = ({ alert_rule_test: alerts, promql_expr_test: queries }) => {
    const expected = alerts
      .flatMap(({ exp_alerts: all }) => all)
      .filter(({ exp_labels: labels }) =>
        Object.entries(rule.labels ?? {}).every(([name, value]) => labels[name] === value),
      );
    return expected.length * 100 + alerts.length + queries.length;
  };
  const [best] = narrowed.toSorted((a, b) => weigh(b) - weigh(a));
  return best === undefined || weigh(best) === 0 ? undefined : { ...file, tests: [best] };
}

/** Some rules, and those that they read from. @param {readonly Rule[]} all @param {readonly Rule[]} some */
function findNeeded(all, some) {
  const needed = new Set(some);
  // A set gives what is added to it meanwhile too.
  for (const { alert, expr } of needed) {
    for (const one of all) {
      const isRead = one.record !== undefined && expr.includes(one.record);
      if (isRead || (alert !== undefined && one.alert === alert)) needed.add(one);
    }
  }
  return needed;
}
