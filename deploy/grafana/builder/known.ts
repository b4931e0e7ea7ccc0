import { readFileSync } from 'node:fs';
import type { Known } from './check-queries.js';
import { listSeries } from './metrics.js';

interface Property {
  readonly type?: string;
  readonly path?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly fields?: Readonly<Record<string, Property>>;
}

const TEMPLATE = new URL('../../elasticsearch/index-template.json', import.meta.url);

/** What the catalogue, the exporters and the index template have. */
export function readKnown(): Known {
  const { template } = JSON.parse(readFileSync(TEMPLATE, 'utf8')) as { template: { mappings: Property } };
  const types = new Map(listFields(template.mappings, ''));
  const keywords = Array.from(types).filter(([, type]) => type !== 'text' && type !== 'flattened');
  return {
    series: listSeries(),
    fields: new Set(types.keys()),
    keywords: new Set(keywords.map(([name]) => name)),
  };
}

/** Name and type of each field, those below others included. */
function listFields({ properties = {}, fields = {} }: Property, prefix: string): [name: string, type: string][] {
  return Object.entries({ ...properties, ...fields }).flatMap(([name, property]) => [
    ...(property.type === undefined ? [] : [[`${prefix}${name}`, property.type] as [string, string]]),
    ...listFields(property, `${prefix}${name}.`),
  ]);
}
