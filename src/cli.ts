#!/usr/bin/env node
/**
 * `npx barbossa-telemetry COMMAND`: what is done beside the application, in a process of its own. A command is loaded when
 * it is asked for.
 */

/** One row of the table below. */
interface CliCommand {
  /** One line for the list of commands. */
  readonly summary: string;
  /** @returns `run`, which takes what follows the command's name and gives the exit code. */
  readonly load: () => Promise<{ run: (args: readonly string[]) => number | Promise<number> }>;
}

const COMMANDS: Readonly<Record<string, CliCommand>> = {
  deploy: {
    summary: 'writes what watches your application into a folder, or brings an earlier copy up to date',
    load: () => import('./deploy/command.js'),
  },
};

function printUsage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length)) + 2;
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}\n`);
  return `Usage: barbossa-telemetry COMMAND\n\n${rows.join('')}\nbarbossa-telemetry COMMAND --help says more of one.\n`;
}

const [name, ...args] = process.argv.slice(2);
if (name === undefined || name === '--help' || name === '-h') {
  (name === undefined ? process.stderr : process.stdout).write(printUsage());
  process.exitCode = name === undefined ? 2 : 0;
} else if (Object.hasOwn(COMMANDS, name)) {
  const command = await COMMANDS[name]?.load();
  process.exitCode = await command?.run(args);
} else {
  process.stderr.write(`barbossa-telemetry: no command ${JSON.stringify(name)}\n\n${printUsage()}`);
  process.exitCode = 2;
}
