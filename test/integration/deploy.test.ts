// `barbossa-telemetry deploy`: a stack for a site that has only installed the package, and its way to newer versions.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makePackage, packTarball, readShippedStack, runDeploy } from './support/deploy-package.js';
import { nodeBinary } from './node-binary.js';
import { APPS } from './support/app-process.js';
import { writeFiles } from './support/temporary-files.js';

const ROOT = path.resolve(APPS, '../../..');
const RULES = 'deploy/prometheus/alerts/requests.yml';
const SCRAPE = 'deploy/prometheus/prometheus.yml';
const MAIL = 'deploy/alertmanager/alertmanager.yml';
const MANIFEST = '.barbossa-telemetry/manifest.json';
const shipped = new Map(readShippedStack().files.map((file) => [file.path, file.text]));
const executables = new Set(
  readShippedStack().files.flatMap(({ path: name, executable }) => (executable === true ? [name] : [])),
);
const textOf = (name: string): string => shipped.get(name) ?? '';

/** Files below a folder by path, with their texts; links as where they lead. */
function readTree(folder: string, below = ''): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
    const name = path.posix.join(below, entry.name);
    if (entry.isDirectory()) Object.assign(tree, readTree(folder, name));
    else if (entry.isSymbolicLink()) tree[name] = `-> ${readlinkSync(path.join(folder, name))}`;
    else tree[name] = readFileSync(path.join(folder, name), 'latin1');
  }
  return tree;
}

/** A folder that is not there yet. */
function newFolder(): string {
  return path.join(writeFiles({}), 'monitoring');
}

/** A copy made by a small package of this version. */
async function deployed(program = makePackage()): Promise<string> {
  const folder = newFolder();
  expect(await runDeploy([folder], { program })).toMatchObject({ code: 0 });
  return folder;
}

function change(folder: string, name: string, edit: (text: string) => string): void {
  const file = path.join(folder, name);
  writeFileSync(file, edit(readFileSync(file, 'utf8')));
}

test('a first copy: every file, by any umask readable for the users of containers, and what to do next', async () => {
  const folder = newFolder();
  const umask = process.umask(0o077);
  const result = await runDeploy([folder]).finally(() => process.umask(umask));
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toContain(`written  ${shipped.size} files`);
  expect(result.stdout).toContain('cp .env.example .env');
  for (const [name, text] of shipped) {
    const file = path.join(folder, name);
    expect(readFileSync(file, 'utf8'), name).toBe(text);
    expect(statSync(file).mode & 0o777, name).toBe(executables.has(name) ? 0o755 : 0o644);
    if (name.includes('/')) expect(statSync(path.dirname(file)).mode & 0o777, name).toBe(0o755);
  }
  expect(executables).toContain('deploy/postgres/init.sh');
});

test('run again it changes nothing, the site’s own files included', async () => {
  const program = makePackage();
  const folder = await deployed(program);
  mkdirSync(path.join(folder, 'deploy/secrets'));
  writeFileSync(path.join(folder, 'deploy/.env'), 'COMPOSE_PROFILES=all\n');
  writeFileSync(path.join(folder, 'deploy/secrets/smtp.password'), 'secret');
  const before = readTree(folder);
  expect(await runDeploy([folder], { program })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('same     9 files') as string,
  });
  expect(readTree(folder)).toEqual(before);
});

test('--dry-run says what would be done, and does nothing', async () => {
  const folder = newFolder();
  const result = await runDeploy([folder, '--dry-run']);
  expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('Would bring') as string });
  expect(existsSync(folder)).toBe(false);
});

describe('from an older version, in which the site has changed something', () => {
  const older = {
    version: '0.0.9',
    files: {
      [RULES]: textOf(RULES).replace('groups:', 'groups: # older'),
      [SCRAPE]: textOf(SCRAPE).replace('scrape_interval: 15s', 'scrape_interval: 20s'),
      [MAIL]: `# older\n${textOf(MAIL)}`,
      'deploy/compose.yaml': textOf('deploy/compose.yaml').replace('pids_limit: 512', 'pids_limit: 500'),
      'deploy/runbooks/Gone.md': '# Gone\n',
      'deploy/gone/only.yml': 'gone: true\n',
      'deploy/runbooks/HostDown.md': undefined,
    },
  };

  let present = '';
  beforeEach(() => {
    present = makePackage();
  });

  /** The older copy, as a site has made it its own. */
  async function makeSite(): Promise<string> {
    const folder = newFolder();
    expect(await runDeploy([folder], { program: makePackage(older) })).toMatchObject({ code: 0 });
    change(folder, SCRAPE, (text) => `${text}# a job of ours\n`);
    change(folder, MAIL, (text) => text.replace('# older', '# ours'));
    change(folder, 'deploy/application.env', (text) => `${text}MINE=1\n`);
    change(folder, 'deploy/runbooks/Gone.md', (text) => `${text}Ask Jack.\n`);
    rmSync(path.join(folder, 'deploy/celery/put-task.js'));
    return folder;
  }

  test('what it had not touched is updated, what both changed is merged or beside it, and nothing of it is lost', async () => {
    const folder = await makeSite();
    const before = readTree(folder);
    const planned = await runDeploy([folder, '--dry-run'], { program: present });
    expect(readTree(folder)).toEqual(before);

    const result = await runDeploy([folder], { program: present });
    expect(result).toMatchObject({ code: 1, stderr: '' });
    // The dry run said the same.
    expect(planned.code).toBe(1);
    const rows = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('  '));
    expect(rows(result.stdout)).toEqual(rows(planned.stdout));

    const after = readTree(folder);
    expect(after[RULES]).toBe(textOf(RULES));
    expect(after[SCRAPE]).toBe(`${textOf(SCRAPE)}# a job of ours\n`);
    expect(after[MAIL]).toBe(before[MAIL]);
    expect(after[`${MAIL}.new`]).toBe(textOf(MAIL));
    expect(after['deploy/application.env']).toBe(before['deploy/application.env']);
    expect(after['deploy/runbooks/Gone.md']).toBe('# Gone\nAsk Jack.\n');
    expect(after['deploy/runbooks/HostDown.md']).toBe(textOf('deploy/runbooks/HostDown.md'));
    expect(existsSync(path.join(folder, 'deploy/gone'))).toBe(false);
    expect(existsSync(path.join(folder, 'deploy/celery/put-task.js'))).toBe(false);

    expect(result.stdout.split('\n')).toEqual(
      expect.arrayContaining([
        `Brought the stack of barbossa-telemetry 0.1.0 to ${folder}, which had 0.0.9`,
        `  updated  ${RULES}`,
        `  merged   ${SCRAPE}: changed by you; what is new has been put into it, at other lines than yours`,
        `  kept     ${MAIL}: changed by you; the new one is beside it as ${MAIL}.new`,
        '  kept     deploy/application.env: changed by you',
        '  kept     deploy/celery/put-task.js: removed by you',
        '  kept     deploy/runbooks/Gone.md: yours; no longer a part of the stack',
        '  removed  deploy/gone/only.yml: no longer a part of the stack',
        '  written  deploy/runbooks/HostDown.md',
      ]),
    );
  });

  test('what is beside is told until it is deleted, and then settled', async () => {
    const folder = await makeSite();
    await runDeploy([folder], { program: present });
    expect(await runDeploy([folder], { program: present })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`${MAIL}.new`) as string,
    });
    rmSync(path.join(folder, `${MAIL}.new`));
    expect(await runDeploy([folder], { program: present })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`kept     ${MAIL}: changed by you\n`) as string,
    });
  });

  test('without the texts of before it merges nothing, and loses nothing', async () => {
    const folder = await makeSite();
    const before = readTree(folder);
    writeFileSync(path.join(folder, '.barbossa-telemetry/texts.json.br'), 'damaged');
    expect(await runDeploy([folder], { program: present })).toMatchObject({ code: 1 });
    const after = readTree(folder);
    expect(after[SCRAPE]).toBe(before[SCRAPE]);
    expect(after[`${SCRAPE}.new`]).toBe(textOf(SCRAPE));
    expect(after[RULES]).toBe(textOf(RULES));
  });

  test('killed at any file, the next run does the rest, and the result is the same', async () => {
    const whole = await makeSite();
    await runDeploy([whole], { program: present });
    // Ends itself at the nth rename, as kill -9 would.
    const preload = path.join(
      writeFiles({
        'kill.cjs': `const fs = require('node:fs'); const { rename } = { rename: fs.renameSync }; let left = Number(process.execArgv.at(-1).split('=')[1]);
          fs.renameSync = (...names) => { if (left-- === 0) process.kill(process.pid, 'SIGKILL'); rename(...names); };
          require('node:module').syncBuiltinESMExports();`,
      }),
      'kill.cjs',
    );
    for (const renames of [0, 1, 2, 4, 5, 6]) {
      const folder = await makeSite();
      const killed = await runDeploy([folder], {
        program: present,
        nodeArgs: ['--require', preload, `--title=${renames}`],
      });
      expect(killed.signal, `at rename ${renames}`).toBe('SIGKILL');
      await runDeploy([folder], { program: present });
      const [wanted, got] = [readTree(whole), readTree(folder)];
      expect(got, `at rename ${renames}`).toEqual(wanted);
    }
  });

  test('the older package over the newer copy is refused', async () => {
    const folder = await deployed();
    const before = readTree(folder);
    const result = await runDeploy([folder], { program: makePackage({ version: '0.0.9' }) });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('is of barbossa-telemetry 0.1.0, and this is 0.0.9, which is older');
    expect(readTree(folder)).toEqual(before);
  });
});

describe('links are not followed', () => {
  const newer = {
    version: '9.0.0',
    files: { [RULES]: `# newer\n${textOf(RULES)}`, [MAIL]: undefined },
  };

  test.each([
    ['a file', RULES],
    ['a folder', 'deploy/prometheus/alerts'],
    ['a folder above', 'deploy'],
    ['a file that is gone', MAIL],
  ])('%s that leads elsewhere: what is there stays as it is', async (_name, link) => {
    const folder = await deployed();
    const elsewhere = path.join(writeFiles({}), 'elsewhere');
    execFileSync('cp', ['-r', path.join(folder, link), elsewhere]);
    rmSync(path.join(folder, link), { recursive: true });
    symlinkSync(elsewhere, path.join(folder, link));
    const read = (): unknown =>
      statSync(elsewhere).isDirectory() ? readTree(elsewhere) : readFileSync(elsewhere, 'utf8');
    const before = read();
    const result = await runDeploy([folder], { program: makePackage(newer) });
    expect(result.code).toBe(1);
    expect(result.stdout).toContain(link === MAIL ? `kept     ${MAIL}` : 'is a link, which is not followed');
    expect(read()).toEqual(before);
    expect(readlinkSync(path.join(folder, link))).toBe(elsewhere);
  });

  test('a draft’s name that leads elsewhere', async () => {
    const folder = await deployed();
    const victim = path.join(writeFiles({ victim: 'precious' }), 'victim');
    symlinkSync(victim, path.join(folder, path.dirname(RULES), `.${path.basename(RULES)}.part`));
    await runDeploy([folder], { program: makePackage(newer) });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readFileSync(path.join(folder, RULES), 'utf8')).toMatch(/^# newer/);
  });

  test('the state’s folder that leads elsewhere is refused', async () => {
    const folder = writeFiles({});
    symlinkSync(writeFiles({}), path.join(folder, '.barbossa-telemetry'));
    expect(await runDeploy([folder])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has to be a folder') as string,
    });
    expect(readdirSync(folder)).toEqual(['.barbossa-telemetry']);
  });
});

describe('refused, with a sentence, and nothing done', () => {
  test.each<[string, (folder: string) => string, string]>([
    ['a file', (folder) => path.join(folder, 'file'), 'is a file: name a folder'],
    ['below a file', (folder) => path.join(folder, 'file/below'), 'cannot be'],
    ['a folder with files of somebody else', (folder) => folder, 'has files that this command has not written (file)'],
  ])('%s', async (_name, choose, sentence) => {
    const folder = writeFiles({ file: 'mine' });
    const result = await runDeploy([choose(folder)]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(sentence);
    expect(result.stderr).not.toContain('    at ');
    expect(readTree(folder)).toEqual({ file: 'mine' });
  });

  test.each(['new', 'copy'])('a folder that may not be written (%s)', async (kind) => {
    const folder = kind === 'new' ? writeFiles({}) : await deployed();
    chmodSync(folder, 0o555);
    // A new one is in the system's folder for such, which is everybody's already.
    if (kind === 'copy') chmodSync(path.dirname(folder), 0o755);
    // To root every folder is open: somebody else then.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    const program = makePackage({ version: '9.0.0', files: { [RULES]: '# newer\n' } });
    openFor(path.dirname(path.dirname(program)));
    const result = await runDeploy([folder], { program, cwd: '/', ...(uid === undefined ? {} : { uid }) });
    chmodSync(folder, 0o755);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('cannot be written: EACCES');
  });

  test('a folder below that may not be written: how far it came, and the same command does the rest', async () => {
    const folder = await deployed();
    const alerts = path.join(folder, path.dirname(RULES));
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${uid}`, folder]);
    chmodSync(path.dirname(folder), 0o755);
    chmodSync(alerts, 0o555);
    const program = makePackage({
      version: '9.0.0',
      files: { [RULES]: '# newer\n', 'deploy/a-new-one.yml': 'a: 1\n' },
    });
    openFor(path.dirname(path.dirname(program)));
    const options = { program, cwd: '/', ...(uid === undefined ? {} : { uid }) };
    const result = await runDeploy([folder], options);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/requests\.yml\S* could not be written: EACCES\. 1 of 2 files were done/);
    expect(result.stderr).not.toContain('    at ');
    chmodSync(alerts, 0o755);
    expect(await runDeploy([folder], options)).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(folder, RULES), 'utf8')).toBe('# newer\n');
  });

  test('a disk that is full: nothing half is left, and the same command does the rest', async () => {
    const program = makePackage();
    const folder = newFolder();
    const preload = path.join(
      writeFiles({
        'full.cjs': `const fs = require('node:fs'); const { writeSync } = fs; let left = 4;
          fs.writeSync = (...args) => { if (left-- <= 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' }); return writeSync(...args); };
          require('node:module').syncBuiltinESMExports();`,
      }),
      'full.cjs',
    );
    const result = await runDeploy([folder], { program, nodeArgs: ['--require', preload] });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('could not be written: ENOSPC. 4 of 9 files were done, each of them whole');
    const tree = readTree(folder);
    expect(Object.keys(tree)).toHaveLength(4);
    const latin1 = (name: string): string => Buffer.from(textOf(name)).toString('latin1');
    for (const [name, text] of Object.entries(tree)) expect(text, name).toBe(latin1(name));
    expect(await runDeploy([folder], { program })).toMatchObject({ code: 0 });
    expect(Object.keys(readTree(folder))).toHaveLength(9 + 2);
  });

  test.each([
    ['half of it', (text: string) => text.slice(0, 200), 'is damaged (it is no JSON)'],
    ['nothing', () => '', 'is damaged (it is no JSON)'],
    ['something else', () => '[]', 'is damaged (it is not what this command writes)'],
    ['a later form', (text: string) => text.replace('"format": 1', '"format": 2'), 'written by a newer'],
    ['no hash', (text: string) => text.replace(/[0-9a-f]{64}/, 'x'), 'is not an entry of this command'],
    ['a path out of it', (text: string) => text.replace('"README.md"', '"../README.md"'), 'is not an entry'],
    ['an absolute path', (text: string) => text.replace('"README.md"', '"/etc/passwd"'), 'is not an entry'],
    ['itself', (text: string) => text.replace('"README.md"', '".barbossa-telemetry/manifest.json"'), 'is not an entry'],
  ])('a manifest that is %s', async (_name, edit, sentence) => {
    const folder = await deployed();
    change(folder, MANIFEST, edit);
    const before = readTree(folder);
    const result = await runDeploy([folder]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(sentence);
    expect(readTree(folder)).toEqual(before);
  });

  test('without its manifest, what differs is kept with the new one beside it', async () => {
    const folder = await deployed();
    change(folder, RULES, (text) => `${text}# ours\n`);
    rmSync(path.join(folder, MANIFEST));
    const result = await runDeploy([folder], { program: makePackage() });
    expect(result).toMatchObject({ code: 1 });
    expect(result.stdout).toContain(`kept     ${RULES}: it was there before; the new one is beside it as ${RULES}.new`);
    expect(result.stdout).toContain('same     8 files');
  });

  test.each([[[]], [['a', 'b']], [['--force', 'a']], [['']]])('asked for wrongly: %j', async (args) => {
    const result = await runDeploy(args, { cwd: writeFiles({}) });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('Usage: barbossa-telemetry deploy DIR');
  });
});

test('the whole of it runs from the packed package, by the name that it has there', () => {
  const site = writeFiles({});
  const installed = path.join(site, 'node_modules/barbossa-telemetry');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', packTarball(), '-C', installed, '--strip-components=1']);
  symlinkSync(path.join(ROOT, 'node_modules/node-diff3'), path.join(site, 'node_modules/node-diff3'));
  const { bin } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  const program = path.join(installed, bin['barbossa-telemetry'] ?? '');
  const run = (args: readonly string[]): string =>
    execFileSync(nodeBinary, [program, ...args], { cwd: site, encoding: 'utf8' });
  expect(run(['--help'])).toMatch(/^ {2}deploy {2,}\S/m);
  expect(run(['deploy', 'monitoring'])).toContain(`written  ${shipped.size} files`);
  const tree = readTree(path.join(site, 'monitoring'));
  const state = [MANIFEST, '.barbossa-telemetry/texts.json.br'];
  expect(Object.keys(tree).toSorted()).toEqual([...state, ...shipped.keys()].toSorted());
});

/** Another user reads what the test has made. */
function openFor(folder: string): void {
  execFileSync('chmod', ['-R', 'a+rX', folder]);
}
