import { findSourceMap } from 'node:module';

/** Where a line was logged, in the terms of the guide's formatter. */
export interface Caller {
  /** File name without folder and extension. */
  readonly module: string;
  /** `<anonymous>` for a function without a name and for a module's own code. */
  readonly function: string;
  /** Counted from 1; of the original source where Node has a source map of the file. */
  readonly line: number;
}

/** Frames looked through for one that is not Node's, ours or skipped. */
const MAX_FRAMES = 8;
/** Winston and its streams put a dozen or two of frames between the application and the bridge. */
const MAX_FRAMES_SKIPPING = 40;
const MAX_FILES = 1_000;

type AnyFunction = (...args: never[]) => unknown;
type SourceMap = NonNullable<ReturnType<typeof findSourceMap>>;

// Taken when this module is loaded: an application may replace the global later.
const ErrorClass = Error;
const captureStackTrace = Error.captureStackTrace;
const SETTINGS = ['prepareStackTrace', 'stackTraceLimit'] as const;
const OWN_FOLDER = findOwnFolder(import.meta.url);

/**
 * The nearest caller of `below` which is neither Node's nor this package's code. Undefined where there is none, or
 * where the process forbids stack traces. Never throws. Costs a few microseconds (docs/performance.md).
 * @param below A function that is on the stack now.
 */
export function captureCaller(below: AnyFunction): Caller | undefined {
  return findCaller(below, MAX_FRAMES, []);
}

/**
 * The same, passing over frames whose file has one of the fragments in its path, for instance
 * `/node_modules/winston/`. Paths are compared with forward slashes.
 */
export function captureCallerOutside(below: AnyFunction, fragments: readonly string[]): Caller | undefined {
  return findCaller(below, MAX_FRAMES_SKIPPING, fragments);
}

function findCaller(below: AnyFunction, maxFrames: number, fragments: readonly string[]): Caller | undefined {
  try {
    for (const frame of captureFrames(below, maxFrames)) {
      const fileName = frame.getFileName();
      if (typeof fileName !== 'string' || fileName.startsWith('node:')) continue;
      const file = lookUpFile(fileName);
      if (!file.ours && !fragments.some((fragment) => file.path.includes(fragment))) return describeFrame(frame, file);
    }
    return undefined;
  } catch {
    // Frozen globals or an odd stack: the line goes out without its caller.
    return undefined;
  }
}

/** V8's frames, whatever the application has made of Error's settings, which are as they were afterwards. */
export function captureFrames(below: AnyFunction, maxFrames: number): readonly NodeJS.CallSite[] {
  const settings = SETTINGS.map((key) => [key, Object.hasOwn(ErrorClass, key), ErrorClass[key]] as const);
  const holder: { stack?: unknown } = {};
  try {
    // Returns false instead of throwing where the property is read-only or Error is frozen.
    Reflect.set(ErrorClass, 'prepareStackTrace', keepFrames);
    Reflect.set(ErrorClass, 'stackTraceLimit', maxFrames);
    captureStackTrace(holder, below);
    // Read here, because V8 calls prepareStackTrace when the stack is read.
    return Array.isArray(holder.stack) ? (holder.stack as NodeJS.CallSite[]) : [];
  } finally {
    for (const [key, isOwn, value] of settings) {
      if (isOwn) Reflect.set(ErrorClass, key, value);
      else Reflect.deleteProperty(ErrorClass, key);
    }
  }
}

function keepFrames(_error: Error, frames: NodeJS.CallSite[]): NodeJS.CallSite[] {
  return frames;
}

function describeFrame(frame: NodeJS.CallSite, { map, module }: File): Caller {
  const line = frame.getLineNumber() ?? 0;
  const origin = map?.findEntry(line - 1, (frame.getColumnNumber() ?? 1) - 1);
  const name = frame.getFunctionName() ?? frame.getMethodName() ?? '<anonymous>';
  if (origin === undefined || !('originalSource' in origin)) return { module, function: name, line };
  return { module: readModule(toPath(origin.originalSource)), function: name, line: origin.originalLine + 1 };
}

interface File {
  readonly path: string;
  readonly module: string;
  readonly ours: boolean;
  readonly map: SourceMap | undefined;
}

const files = new Map<string, File>();

/** Looked up once for each file, because asking Node for a source map is dearer than all the rest. */
function lookUpFile(fileName: string): File {
  let file = files.get(fileName);
  if (file === undefined) {
    // Code that is made at run time may come under ever new names.
    if (files.size >= MAX_FILES) files.clear();
    const path = toPath(fileName);
    const ours = OWN_FOLDER !== undefined && path.startsWith(OWN_FOLDER);
    file = { path, module: readModule(path), ours, map: findSourceMap(fileName) };
    files.set(fileName, file);
  }
  return file;
}

function readModule(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  return dot > 0 ? base.slice(0, dot) : base;
}

/** A file name or file: URL, with forward slashes and without a query. */
function toPath(fileName: string): string {
  if (!fileName.startsWith('file://')) return fileName.replaceAll('\\', '/');
  const path = fileName.slice('file://'.length).replace(/[?#].*$/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * The folder of this package's code. Undefined where the code has been bundled into another file: the folder would
 * be the application's own.
 */
function findOwnFolder(url: string): string | undefined {
  const path = toPath(url);
  return /\/logs\/caller\.[jt]s$/.test(path) ? path.replace(/logs\/caller\.[jt]s$/, '') : undefined;
}
