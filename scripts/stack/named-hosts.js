import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IN_MOUNT_NAMESPACE } from './mount-namespace.js';

const MOUNT_AND_RUN = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';

/**
 * A command as it is run where host names of compose.yaml are addresses of this machine: in a mount namespace of its own,
 * with its own /etc/hosts. So deploy/'s files can be used as they are.
 * @param {string[]} command With its arguments.
 * @param {{ folder: string, hosts: Readonly<Record<string, string>> }} options `folder`: where that file goes; `hosts`:
 *   addresses by name, as `{ web: '127.0.0.2' }`.
 * @returns {string[]}
 */
export function runWithHosts(command, { folder, hosts }) {
  const file = join(folder, 'hosts');
  const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}`);
  writeFileSync(file, `${readFileSync('/etc/hosts', 'utf8')}\n${lines.join('\n')}\n`);
  return [...IN_MOUNT_NAMESPACE, 'sh', '-c', MOUNT_AND_RUN, 'sh', file, ...command];
}
