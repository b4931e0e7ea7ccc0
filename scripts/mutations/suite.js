/**
 * Things that tests should notice when they are changed. To add a kind of them, write a suite and list it in
 * scripts/test-mutations.js. `mutatePromql` makes the changes of an expression.
 * @template {{ readonly what: string }} [Change=any]
 * @typedef {object} Suite
 * @property {string} title What is changed: `panels`.
 * @property {() => Change[] | Promise<Change[]>} find Every change, in a fixed order. `what` says to a person where and what.
 * @property {(changes: Change[]) => Promise<Change[]>} findSurvivors Tests each change; gives those that no test noticed. A
 *   change that cannot even be loaded was noticed.
 */

/**
 * Runs suites.
 * @param {readonly Suite[]} suites
 * @param {{ say: (line: string) => void, filter?: string | undefined }} options `filter`: only changes whose `what` has this text in it.
 * @returns {Promise<number>} How many changes survived.
 */
export async function runSuites(suites, { say, filter = '' }) {
  let count = 0;
  for (const { title, find, findSurvivors } of suites) {
    const startMs = Date.now();
    const changes = (await find()).filter(({ what }) => what.includes(filter));
    const survivors = await findSurvivors(changes);
    count += survivors.length;
    const seconds = Math.round((Date.now() - startMs) / 1000);
    say(`${title}: ${changes.length} changes, ${survivors.length} that no test noticed, ${seconds} s`);
    for (const { what } of survivors) say(`  survived: ${what}`);
  }
  return count;
}
