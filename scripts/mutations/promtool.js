import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of a batch; CI runs it behind other tests, with what these leave of the machine. */
const TIMEOUT_MS = 1_800_000;

/**
 * Runs promtool's tests of rules; gives those files whose tests passed.
 * @param {string} promtool @param {readonly string[]} files Absolute paths, without characters that XML escapes.
 * @returns {Promise<Set<string>>}
 * @throws {Error} Where promtool does not say of each file how it went.
 */
export async function testRuleFiles(promtool, files) {
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-promtool-'));
  try {
    const report = join(folder, 'report.xml');
    const output = await run(promtool, ['test', 'rules', `--junit=${report}`, ...files]);
    const suites = readSuites(readFileSync(report, 'utf8'));
    const forgotten = files.find((file) => !suites.has(file));
    if (forgotten !== undefined) throw new Error(`promtool says nothing of ${forgotten}:\n${output.slice(0, 2000)}`);
    return new Set(files.filter((file) => suites.get(file) === true));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the tests of each file passed. @param {string} xml */
function readSuites(xml) {
  const suites = xml.matchAll(/<testsuite name="([^"]+)" tests="(\d+)" failures="(\d+)" errors="(\d+)"/g);
  return new Map(
    Array.from(suites, ([, file = '', tests, failures, errors]) => [
      file,
      Number(tests) > 0 && Number(failures) === 0 && Number(errors) === 0,
    ]),
  );
}

/** @param {string} program @param {readonly string[]} args @returns {Promise<string>} */
function run(program, args) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: TIMEOUT_MS, maxBuffer: 2 ** 27 }, (error, stdout, stderr) => {
      // 1: a test failed.
      if (error === null || error.code === 1) resolve(`${stdout}\n${stderr}`);
      else reject(new Error(`promtool: ${error.message}`));
    });
  });
}
