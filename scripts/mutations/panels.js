import { tsImport } from 'tsx/esm/api';

/** @typedef {import('../../deploy/grafana/builder/mutations.js').Mutation} Mutation */

const BUILDER = '../../deploy/grafana/builder';

/** @type {Pick<typeof import('../../deploy/grafana/builder/mutations.js'), 'findSurvivors' | 'mutateDashboards'>} */
const { findSurvivors, mutateDashboards } = await tsImport(`${BUILDER}/mutations.ts`, import.meta.url);
/** @type {typeof import('../../deploy/grafana/builder/known.js')} */
const { readKnown } = await tsImport(`${BUILDER}/known.ts`, import.meta.url);
/** @type {typeof import('../../deploy/grafana/builder/read.js')} */
const { readDashboards } = await tsImport(`${BUILDER}/read.ts`, import.meta.url);

/** Each metric, label and field of each query of each panel, against the checks that the unit tests run. @type {import('./suite.js').Suite<Mutation>} */
export const panels = {
  title: 'panels',
  find: () => mutateDashboards(readDashboards()),
  findSurvivors: async (changes) => findSurvivors(changes, readKnown()),
};
