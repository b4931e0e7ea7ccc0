import { execFileSync } from 'node:child_process';
import { MissingError } from './missing.js';

/** Runs a program where it may mount and unmount, and nobody else sees it. */
export const IN_MOUNT_NAMESPACE = ['unshare', '--user', '--map-root-user', '--mount'];

/** Runs a program where a process that was started so sees its disks. @param {number} pid @param {readonly string[]} command */
export function runInNamespaceOf(pid, command) {
  const enter = ['nsenter', '--target', String(pid), '--user', '--preserve-credentials', '--mount', '--'];
  const [program = '', ...args] = [...enter, ...command];
  execFileSync(program, args);
}

/** @throws {MissingError} Where the system has no such namespaces, or not for us. */
export function requireMountNamespaces() {
  const [command = '', ...args] = IN_MOUNT_NAMESPACE;
  try {
    execFileSync(command, [...args, 'true'], { stdio: 'ignore' });
  } catch {
    throw new MissingError('namespaces for mounts: unshare of util-linux, and a kernel that lets this user make them');
  }
}
