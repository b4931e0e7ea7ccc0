import { readdirSync, readFileSync } from 'node:fs';
import { fromRoot } from '../../../scripts/stack/paths.js';

/** A configuration file of otel-collector/. */
export interface CollectorFile {
  readonly name: string;
  readonly text: string;
  /** The comment at its top. */
  readonly header: string;
}

/** All of them: what `otelcol --config` reads. */
export function readCollectorFiles(): CollectorFile[] {
  return readdirSync(fromRoot('otel-collector'))
    .filter((name) => name.endsWith('.yaml') && name !== 'builder.yaml')
    .sort()
    .map((name) => {
      const text = readFileSync(fromRoot(`otel-collector/${name}`), 'utf8');
      return { name, text, header: /^(?:#.*\n)+/.exec(text)?.[0] ?? '' };
    });
}
