/** Makes of a panel's data what Grafana's panels are given: transformed, with the units, limits and colours of its fields. */
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createTheme,
  FieldConfigOptionsRegistry,
  getFieldDisplayName,
  standardTransformers,
  standardTransformersRegistry,
  stringToJsRegex,
  toDataFrame,
  transformDataFrame,
  type DataFrame,
  type FieldConfigSource,
  type GrafanaTheme2,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';
import type { DrawnPanel, Override } from './model.js';

export const theme: GrafanaTheme2 = createTheme({
  colors: { mode: new URLSearchParams(location.search).get('mode') === 'light' ? 'light' : 'dark' },
});
export const timeZone = 'utc';

standardTransformersRegistry.setInit(() =>
  [standardTransformers.mergeTransformer, standardTransformers.organizeFieldsTransformer].map((transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation: () => Promise.resolve(transformation),
    editor: () => Promise.reject(new Error('there is no editor here')),
    imageDark: '',
    imageLight: '',
  })),
);
const noOptions = new FieldConfigOptionsRegistry(() => []);

export async function prepareFrames({ panel, frames }: DrawnPanel): Promise<DataFrame[]> {
  const made = frames.map((frame) => toDataFrame(frame));
  const transformed = await firstValueFrom(
    transformDataFrame(panel.transformations ?? [], made, { interpolate: (text) => text }),
  );
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  for (const frame of transformed) {
    for (const field of frame.fields) {
      const name = getFieldDisplayName(field, frame, transformed);
      const own = overrides.filter(({ matcher }) => isMeant(matcher, name));
      field.config = own.reduce(override, { ...defaults, ...field.config, custom: { ...defaults.custom } });
    }
  }
  const fieldConfig: FieldConfigSource = { defaults: {}, overrides: [] };
  const applied = applyFieldOverrides({
    data: transformed,
    fieldConfig,
    fieldConfigRegistry: noOptions,
    replaceVariables: (text) => text,
    theme,
    timeZone,
  });
  cacheFieldDisplayNames(applied);
  return applied;
}

/** Of the two kinds of matchers that the dashboards have. */
function isMeant({ id, options }: Override['matcher'], name: string): boolean {
  if (id === 'byName') return options === name;
  if (id === 'byRegexp') return stringToJsRegex(options).test(name);
  throw new Error(`no way to match by ${id}`);
}

/** `custom.width` is a property of `custom`. */
function override(config: Record<string, unknown>, { properties }: Override): Record<string, unknown> {
  const changed: Record<string, unknown> = { ...config, custom: { ...(config['custom'] as object) } };
  for (const { id, value } of properties) {
    if (id.startsWith('custom.')) (changed['custom'] as Record<string, unknown>)[id.slice('custom.'.length)] = value;
    else changed[id] = value;
  }
  return changed;
}
