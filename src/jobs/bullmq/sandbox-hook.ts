import path from 'node:path';
import { context } from '@opentelemetry/api';
import { readType } from '../../logs/exception.js';
import { getMainScript } from '../../application/main-script.js';
import { readManifest } from '../../application/manifest.js';
import { openCarrier, readCarrier, type Carrier } from '../job-context.js';
import { guard, patchClass } from './hooks.js';
import { currentCarrier } from './job-carrier.js';
import type { ReportMissing } from '../../hooks/followed.js';
import type { Method } from '../../hooks/method.js';

/**
 * A sandboxed processor runs in a process of its own, with the preload like its parent. Parent and child tell each other
 * something by this property of BullMQ's messages. BullMQ does not look at it, and a child without the preload does not either.
 */
const ENVELOPE = 'barbossa-telemetry';
const EXCEPTION_CLASS = Symbol('barbossa-telemetry.exception-class');
const MAIN_SCRIPT = /^(.*)[\\/]dist[\\/](?:cjs|esm)[\\/]classes[\\/]main\.js$/s;

type Fields = Record<string | symbol, unknown>;

/** Whether this process is one that BullMQ has started for a sandboxed processor. */
export function isSandbox(script: string | undefined = getMainScript()): boolean {
  const folder = typeof process.send === 'function' ? MAIN_SCRIPT.exec(script ?? '')?.[1] : undefined;
  if (folder === undefined) return false;
  return path.basename(folder) === 'bullmq' || readManifest(folder)?.name === 'bullmq';
}

/** Patches BullMQ's Child (`dist/cjs/classes/child.js`), the parent's side. */
export function patchChild(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  return patchClass(
    exports,
    'Child',
    {
      send: (original: Method): Method =>
        function send(...args) {
          const [message] = args;
          const carrier = isObject(message) && isObject(message['job']) ? guard(currentCarrier) : undefined;
          if (carrier === undefined) return original.apply(this, args);
          return original.call(this, { ...(message as Fields), [ENVELOPE]: carrier }, ...args.slice(1));
        },
      emit: (original: Method): Method =>
        function emit(...args) {
          if (args[0] === 'message') guard(() => noteExceptionClass(args[1]));
          return original.apply(this, args);
        },
    },
    reportMissing,
  );
}

/** BullMQ makes an Error of the message's value, with its properties: this one is taken off before anybody sees it. */
function noteExceptionClass(message: unknown): void {
  if (!isObject(message) || !isObject(message['value'])) return;
  const name = message[ENVELOPE];
  if (typeof name === 'string') message['value'][EXCEPTION_CLASS] = name;
}

/** The class of what a sandboxed processor has thrown, which the Error that BullMQ has made of it does not have. */
export function takeExceptionClass(error: unknown): string | undefined {
  if (!isObject(error) || !Object.hasOwn(error, EXCEPTION_CLASS)) return undefined;
  const name = error[EXCEPTION_CLASS];
  delete error[EXCEPTION_CLASS];
  return typeof name === 'string' ? name : undefined;
}

type Free = (...args: unknown[]) => unknown;
interface ChildProcessor {
  processor?: Free;
  send?: Free;
  [CARRIER]?: Carrier | undefined;
  [WRAPPED]?: boolean;
}
const CARRIER = Symbol('barbossa-telemetry.carrier');
const WRAPPED = Symbol('barbossa-telemetry.wrapped');

/** Patches BullMQ's ChildProcessor (`dist/cjs/classes/child-processor.js`), the child's side. */
export function patchChildProcessor(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  return patchClass(
    exports,
    'ChildProcessor',
    {
      init: (original: Method<ChildProcessor>): Method<ChildProcessor> =>
        function init(...args) {
          guard(() => listen(this));
          return original.apply(this, args);
        },
      start: (original: Method<ChildProcessor>): Method<ChildProcessor> =>
        function start(...args) {
          const scope = guard(() => {
            followFailures(this);
            return openCarrier(this[CARRIER]);
          });
          return scope === undefined
            ? original.apply(this, args)
            : context.with(scope, () => original.apply(this, args));
        },
    },
    reportMissing,
  );
}

/** BullMQ hands on the job of a message, not the message: it is looked at before BullMQ gets it. */
function listen(child: ChildProcessor): void {
  if (!isSandbox()) return;
  process.prependListener('message', (message: unknown) => {
    if (isObject(message) && isObject(message['job'])) child[CARRIER] = readCarrier(message[ENVELOPE]);
  });
}

/** Tells the parent the class of what the processor throws. */
function followFailures(child: ChildProcessor): void {
  const { processor, send } = child;
  // Not `markPatched`: the class is marked, and its instances inherit that.
  if (child[WRAPPED] === true || processor === undefined || send === undefined) return;
  child[WRAPPED] = true;
  let failed: string | undefined;
  child.processor = async (...args) => {
    failed = undefined;
    try {
      return await processor(...args);
    } catch (error) {
      failed = readType(error);
      throw error;
    }
  };
  child.send = (...args) => {
    const [message] = args;
    if (failed === undefined || !isObject(message) || !isError(message['value'])) return send(...args);
    return send({ ...message, [ENVELOPE]: failed }, ...args.slice(1));
  };
}

/** An Error as BullMQ puts it into a message. */
function isError(value: unknown): boolean {
  return isObject(value) && 'stack' in value && 'message' in value;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
