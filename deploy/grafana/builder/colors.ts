/** Colours that mean something, the same on every dashboard: by the name of a series, as a regular expression. */
export type Colors = readonly (readonly [pattern: string, color: string])[];

/** Of a log line's level. */
export const BY_LEVEL: Colors = [
  ['^CRITICAL$', 'purple'],
  ['^ERROR$', 'red'],
  ['^WARNING$', 'orange'],
  ['^INFO$', 'green'],
  ['^DEBUG$', 'blue'],
];

/** Of an answer's status; 499 is a client that went away. */
export const BY_STATUS: Colors = [
  ['^1', 'purple'],
  ['^2', 'green'],
  ['^3', 'blue'],
  ['^4', 'yellow'],
  ['^5', 'red'],
];

/** Of what became of a task, a download or an import; before it may stand a source. */
export const BY_OUTCOME: Colors = [
  ['(^|: )success$', 'green'],
  ['(^|: )(fail|reject|timeout)', 'red'],
  ['(^|: )(retry|cancelled|revoked)$', 'orange'],
  ['(^|: )skipped$', 'blue'],
];

/** Of what should be zero. */
export const BAD: Colors = [['', 'red']];
