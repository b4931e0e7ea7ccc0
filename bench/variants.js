/**
 * What is measured beside what. A variant is one file of `variants/`, in the order of their names; its `variant` says
 * what it takes part in:
 *
 * - `id`; `nodeArgs` (default: none) and `env(place)` (default: nothing) of its processes. `place` has the `sinkUrl` for OTLP,
 *   the name of the `run` and a `scratch` folder.
 * - `application`: `title`; `app`, a file of `apps/`; `metrics`: 'own-port' where the address is told on stderr, 'app' where it
 *   is a route of the application; `count`: the series that has to count each request; `logs`, `spans`: they arrive over OTLP.
 * - `startUp`: a `title` of its own, or nothing. The application is launched with what is loaded before it.
 * - `logger`: `title`; `lines`, a file of `log-lines/`; `logFile(place)` where it writes to a file of its own; `logs` as above.
 * - `packages`: what a person installs for it.
 */
import { readdirSync } from 'node:fs';
import { BENCH_DIR } from './children.js';

/** The variant that all ratios are to. */
export const BASELINE = 'winston';
/** Ours, in all lists. */
export const OURS = 'barbossa';
/** Stock OpenTelemetry as it is to be had at its cheapest. */
export const STOCK_ID = 'stock';
/** The run without a logger; its CPU is taken off the others'. */
export const PACING = 'nothing';

const FILE_NAME = /^\d+-.*\.js$/;
const FOLDER = new URL('variants/', import.meta.url);
const files = readdirSync(FOLDER)
  .filter((name) => FILE_NAME.test(name))
  .toSorted();
const modules = await Promise.all(files.map((name) => import(new URL(name, FOLDER).href)));
const VARIANTS = modules.map((module) => ({ nodeArgs: [], env: () => ({}), ...module.variant }));

/** Those that take part in something, each with what it says of its part. */
function choose(part, describe = () => ({})) {
  return VARIANTS.filter((variant) => variant[part] !== undefined).map((variant) => {
    const { id, nodeArgs, env, packages } = variant;
    return { id, nodeArgs, env, packages, ...describe(variant), ...variant[part] };
  });
}

const findApplication = ({ application }) => ({ ...application, file: `${BENCH_DIR}apps/${application.app}.cjs` });

export const APPLICATIONS = choose('application', findApplication);
/** Those that differ before the first statement of the main file: one application, with and without a preload. */
export const START_UPS = choose('startUp', findApplication);
export const LOGGERS = [
  {
    id: PACING,
    title: 'nothing',
    nodeArgs: [],
    env: () => ({}),
    file: `${BENCH_DIR}log-lines/nothing.js`,
    silent: true,
  },
  ...choose('logger', ({ logger }) => ({ file: `${BENCH_DIR}log-lines/${logger.lines}.js` })),
];
/** What a person would install. */
export const INSTALLS = VARIANTS.filter(({ packages }) => packages !== undefined).map(
  ({ id, application, packages }) => ({ id, title: application.title, packages }),
);
