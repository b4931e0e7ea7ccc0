import { readdirSync, readFileSync } from 'node:fs';
import type { DashboardJson } from './model.js';

const FOLDER = new URL('../dashboards/', import.meta.url);

/** The committed dashboards, by name of the file. */
export function readTexts(): Record<string, string> {
  const names = readdirSync(FOLDER).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]));
}

/** The same, parsed. */
export function readDashboards(): DashboardJson[] {
  return Object.values(readTexts()).map((text) => JSON.parse(text) as DashboardJson);
}
