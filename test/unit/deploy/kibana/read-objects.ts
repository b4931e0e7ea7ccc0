import { readFileSync } from 'node:fs';
import type { LuceneQuery, SavedObject } from '../../../../deploy/kibana/builder/objects.js';
import { fromRoot } from '../../../../scripts/stack/paths.js';

/** The committed objects. */
export function readObjects(): SavedObject[] {
  const lines = readFileSync(fromRoot('deploy/kibana/objects.ndjson'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as SavedObject);
}

/** A column of a chart. */
export interface Column {
  readonly operationType: string;
  readonly sourceField: string;
  readonly isBucketed: boolean;
  readonly params: { readonly size?: number; readonly orderBy?: { readonly columnId: string } };
}

/** What a saved search or a chart asks Elasticsearch. */
export interface Question {
  readonly id: string;
  readonly title: string;
  /** The index patterns of its data view. */
  readonly indices: string;
  readonly timeField: string;
  readonly runtimeFields: Readonly<Record<string, { readonly type: string }>>;
  readonly query: LuceneQuery;
  /** Of a saved search. */
  readonly sort: readonly (readonly [field: string, direction: string])[];
  readonly fields: readonly string[];
  /** Of a chart, in their order. */
  readonly columns: readonly (readonly [id: string, column: Column])[];
}

interface SearchAttributes {
  readonly title: string;
  readonly columns: readonly string[];
  readonly sort: Question['sort'];
  readonly kibanaSavedObjectMeta: { readonly searchSourceJSON: string };
}

interface ChartAttributes {
  readonly title: string;
  readonly state: {
    readonly query: LuceneQuery;
    readonly datasourceStates: {
      readonly formBased: {
        readonly layers: Record<string, { columnOrder: string[]; columns: Record<string, Column> }>;
      };
    };
  };
}

/** All that the objects ask. */
export function listQuestions(objects: readonly SavedObject[]): Question[] {
  return objects.flatMap((object): Question[] => {
    const view = findDataView(objects, object);
    if (view === undefined) return [];
    const {
      title: indices = '',
      timeFieldName: timeField = '',
      runtimeFieldMap = '{}',
    } = view.attributes as Record<string, string>;
    const runtimeFields = JSON.parse(runtimeFieldMap) as Question['runtimeFields'];
    const common = { id: object.id, indices, timeField, runtimeFields };
    if (object.type === 'search') {
      const { title, columns: fields, sort, kibanaSavedObjectMeta } = object.attributes as unknown as SearchAttributes;
      const { query } = JSON.parse(kibanaSavedObjectMeta.searchSourceJSON) as { query: LuceneQuery };
      return [{ ...common, title, query, sort, fields, columns: [] }];
    }
    const { title, state } = object.attributes as unknown as ChartAttributes;
    return Object.values(state.datasourceStates.formBased.layers).map(({ columnOrder, columns: byId }) => {
      const columns = columnOrder.flatMap((id) => {
        const column = byId[id];
        return column === undefined ? [] : [[id, column] as const];
      });
      return { ...common, title, query: state.query, sort: [], fields: [], columns };
    });
  });
}

/** The data view that an object refers to, if it asks anything. */
function findDataView(objects: readonly SavedObject[], { references }: SavedObject): SavedObject | undefined {
  const reference = references.find(({ type }) => type === 'index-pattern');
  return objects.find(({ type, id }) => type === 'index-pattern' && id === reference?.id);
}
