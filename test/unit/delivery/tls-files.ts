import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder for the test, and a function that writes a file there and gives its path. */
export function createFolder(): (name: string, text: string) => string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-pem-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return (name, text) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
}
