import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';

/** 1 and 0 in words and colours. */
export const UP_OR_DOWN: ValueMapping = {
  type: MappingType.ValueToText,
  options: { 0: { text: 'failed', color: 'red', index: 0 }, 1: { text: 'passed', color: 'green', index: 1 } },
};

/** The same of a package that is followed. */
export const FOLLOWED: ValueMapping = {
  type: MappingType.ValueToText,
  options: { 0: { text: 'not followed', color: 'red', index: 0 }, 1: { text: 'followed', color: 'green', index: 1 } },
};
