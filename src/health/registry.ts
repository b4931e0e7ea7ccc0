import { describeError, diag, warnOnce } from '../diagnostics/diag.js';
import { HealthCheck, type CheckDefinition, type CheckReport, type ReportListener } from './check.js';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { ROOT_CONTEXT } from '@opentelemetry/api';

/** Ends a check. Calling it again does nothing. */
export type RemoveCheck = () => void;

/** What the preload adds to the checks: metrics, a clock, the names of routes. */
export interface HealthObserver {
  readonly onAdd: (check: HealthCheck) => void;
  readonly onReport: (check: HealthCheck, report: CheckReport) => void;
  /** The health page `path` has answered this request of the application's own server. */
  readonly onServe: (request: object, path: string) => void;
}

interface SharedHealth {
  /** In the order of the document. */
  readonly checks: Map<string, HealthCheck>;
  /** Checks that came from the environment. */
  readonly builtIn: WeakSet<HealthCheck>;
  hasBuiltIns: boolean;
  isTerminating: boolean;
  observer: HealthObserver | undefined;
}

// Symbol.for: where the application's bundle holds a copy of this package, both serve the same checks.
const SHARED = Symbol.for('barbossa-telemetry.health');
const shared = globalThis as { [SHARED]?: SharedHealth };

function getState(): SharedHealth {
  shared[SHARED] ??= {
    checks: new Map(),
    builtIn: new WeakSet(),
    hasBuiltIns: false,
    isTerminating: false,
    observer: undefined,
  };
  return shared[SHARED];
}

/** All checks, by name. */
export function getChecks(): ReadonlyMap<string, HealthCheck> {
  return getState().checks;
}

/** Adds a check, or puts it in the place of the one that has its name. */
export function addCheck(definition: CheckDefinition): RemoveCheck {
  const state = getState();
  const older = state.checks.get(definition.name);
  if (older !== undefined) {
    closeCheck(older);
    // One from the environment is there to be replaced.
    if (!state.builtIn.has(older)) {
      const { name } = definition;
      warnOnce(`health:${name}`, `the health check ${name} was registered again: the newer replaces the older`);
    }
  }
  const check = new HealthCheck(definition, reportTo(state, definition.name));
  state.checks.set(definition.name, check);
  state.observer?.onAdd(check);
  return () => {
    if (state.checks.get(definition.name) !== check) return;
    state.checks.delete(definition.name);
    closeCheck(check);
  };
}

/** Adds the checks that the environment asks for, once, where nobody has registered one of the name. */
export function addBuiltInChecks(makeDefinitions: () => readonly CheckDefinition[]): void {
  const state = getState();
  if (state.hasBuiltIns) return;
  state.hasBuiltIns = true;
  for (const definition of makeDefinitions()) {
    if (state.checks.has(definition.name)) continue;
    addCheck(definition);
    const check = state.checks.get(definition.name);
    if (check !== undefined) state.builtIn.add(check);
  }
}

/** Gives metrics and a clock to the checks that are there and to those that come. Gives what takes them away. */
export function observeChecks(observer: HealthObserver): () => void {
  const state = getState();
  state.observer = observer;
  for (const check of state.checks.values()) observer.onAdd(check);
  return () => {
    if (state.observer === observer) state.observer = undefined;
  };
}

/** Tells the observer that a page was served by the application's own server. */
export function noteServed(request: object, path: string): void {
  getState().observer?.onServe(request, path);
}

/** From now on the process is not ready: it is about to end. */
export function markTerminating(): void {
  getState().isTerminating = true;
}

/** Whether the process was told to end. */
export function isTerminating(): boolean {
  return getState().isTerminating;
}

function closeCheck(check: HealthCheck): void {
  try {
    check.close();
  } catch (error) {
    diag.debug(`the health check ${check.definition.name} could not be closed: ${describeError(error)}`);
  }
}

function reportTo(state: SharedHealth, name: string): ReportListener {
  const writeChange = createChangeLog(name);
  return (check, report, detail) => {
    // A run that ended because its check was replaced.
    if (state.checks.get(name) !== check) return;
    writeChange(report, detail);
    state.observer?.onReport(check, report);
  };
}

/**
 * Makes a writer of one line each time when a check's result is another than before: on stderr, and as a log record. A check
 * that begins healthy is no news.
 */
function createChangeLog(name: string): (report: CheckReport, detail: string | undefined) => void {
  let before = 'healthy';
  return (report, detail) => {
    const now = report.error === undefined ? report.status : `${report.status} (${report.error})`;
    if (now !== before) write(name, report, detail === undefined ? now : `${now}: ${detail}`);
    before = now;
  };
}

function write(name: string, { status, error }: CheckReport, text: string): void {
  const line = `health check ${name}: ${text}`;
  const isWell = status === 'healthy';
  if (isWell) diag.info(line);
  else diag.warn(line);
  logs.getLogger('barbossa.health').emit({
    // It belongs to no request, whoever asked.
    context: ROOT_CONTEXT,
    severityNumber: isWell ? SeverityNumber.INFO : SeverityNumber.WARN,
    severityText: isWell ? 'INFO' : 'WARNING',
    body: line,
    attributes: { check: name, status, ...(error === undefined ? {} : { error }) },
  });
}
