import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findKubeconform } from '../../../scripts/stack/install-kubernetes.js';

/** A part of an OpenAPI description, as far as it is looked at. */
interface Schema {
  readonly [key: string]: unknown;
}

interface KindName {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/** What kubeconform fills in with the kind, the first word of its group, and its version. */
export const LOCATION = '{{.ResourceKind}}{{.KindSuffix}}.json';

/** Written as text or as a number; OpenAPI has no word for it. */
const OTHERWISE: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
};

/**
 * Writes the schemas of kinds into a folder, where kubeconform finds them by LOCATION: of what the oldest Kubernetes of
 * Chart.yaml says of its objects, and of the resource definitions. A field that they do not name is an error.
 */
export function writeSchemas(folder: string, kinds: ReadonlySet<string>): void {
  const { swagger, definitions: files } = findKubeconform();
  const { definitions } = JSON.parse(readFileSync(swagger, 'utf8')) as { definitions: Record<string, Schema> };
  const closed = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, OTHERWISE[name] ?? close(schema)]),
  );
  for (const [name, schema] of Object.entries(definitions)) {
    const [known, ...others] = (schema['x-kubernetes-group-version-kind'] ?? []) as KindName[];
    if (known === undefined || others.length > 0 || !kinds.has(known.kind)) continue;
    const whole = { $ref: `#/definitions/${name}`, definitions: pick(closed, name) };
    writeFileSync(join(folder, nameFile(known)), JSON.stringify(whole));
  }
  for (const file of files) {
    const { spec } = parse(readFileSync(file, 'utf8')) as Definition;
    for (const { name, schema } of spec.versions) {
      const known = { group: spec.group, kind: spec.names.kind, version: name };
      writeFileSync(join(folder, nameFile(known)), JSON.stringify(close(schema.openAPIV3Schema)));
    }
  }
}

function nameFile({ group, kind, version }: KindName): string {
  return `${[kind.toLowerCase(), ...(group === '' ? [] : [group.split('.')[0]]), version].join('-')}.json`;
}

/** An object with named fields has no others. */
function close(schema: Schema): Schema {
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closeValue(value)]));
  const isOpen = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  return typeof schema['properties'] === 'object' && !isOpen ? { ...copy, additionalProperties: false } : copy;
}

function closeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closeValue);
  return typeof value === 'object' && value !== null ? close(value as Schema) : value;
}

/** A definition and all that it refers to. */
function pick(definitions: Readonly<Record<string, Schema>>, first: string): Record<string, Schema> {
  const picked: Record<string, Schema> = {};
  const open = [first];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const schema = definitions[name];
    if (schema === undefined || name in picked) continue;
    picked[name] = schema;
    for (const [, found = ''] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) open.push(found);
  }
  return picked;
}
