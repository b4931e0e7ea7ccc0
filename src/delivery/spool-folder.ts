import fs from 'node:fs';

/**
 * Why a folder must not be used, or undefined. One that others may write to is where somebody else's links and files
 * would be. Throws what the file system throws.
 */
export function findFolderProblem(directory: string): string | undefined {
  const stat = fs.lstatSync(directory);
  if (stat.isSymbolicLink()) return 'it is a symbolic link';
  if (!stat.isDirectory()) return 'it is not a folder';
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  if (stat.uid !== uid) return `it belongs to user ${stat.uid}, the application runs as ${uid}`;
  if ((stat.mode & 0o022) !== 0) return 'others may write to it (chmod 700 mends that)';
  fs.accessSync(directory, fs.constants.W_OK);
  return undefined;
}

/** Whether a folder is there and may be used. */
export function isUsableFolder(directory: string | undefined): boolean {
  try {
    return directory !== undefined && findFolderProblem(directory) === undefined;
  } catch {
    return false;
  }
}
