/** A line of the file that Kibana imports. */
export interface SavedObject {
  readonly id: string;
  readonly type: 'index-pattern' | 'search' | 'lens' | 'dashboard';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
  readonly coreMigrationVersion: string;
  readonly typeMigrationVersion: string;
}

export interface Reference {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

/** Lucene's syntax, which Elasticsearch reads as it stands. */
export interface LuceneQuery {
  readonly query: string;
  readonly language: 'lucene';
}

/** The form that objects are written in. Kibana changes older forms into its own when it imports them, never newer ones. */
const FORMS = { 'index-pattern': '8.0.0', search: '8.0.0', lens: '8.9.0', dashboard: '8.9.0' } as const;

/** An object under a fixed id, so that importing it again replaces it. */
export function makeObject(
  type: SavedObject['type'],
  id: string,
  attributes: Readonly<Record<string, unknown>>,
  references: readonly Reference[] = [],
): SavedObject {
  return { id, type, attributes, references, coreMigrationVersion: '8.8.0', typeMigrationVersion: FORMS[type] };
}

export function lucene(query: string): LuceneQuery {
  return { query, language: 'lucene' };
}
