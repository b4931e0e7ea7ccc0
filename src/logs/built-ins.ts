import { types } from 'node:util';

/** Bytes or numbers that the summary of a buffer or typed array shows. */
const MAX_SHOWN_ELEMENTS = 32;

/** NaN and the infinities have no place in JSON and become text; -0 becomes 0. */
export function describeNumber(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  return value === 0 ? 0 : value;
}

/** The text of a BigInt, symbol or function. Throws where a function is a Proxy that throws. */
export function describePrimitive(value: unknown): string {
  if (typeof value !== 'function') return String(value);
  const name: unknown = value.name;
  return typeof name === 'string' && name !== '' ? `[Function: ${name}]` : '[Function]';
}

/**
 * What stands for an object of the language whose content is not in properties: a date, bytes, a pattern, a boxed
 * primitive. Undefined for all other objects. Methods of the language are called, never those of the object.
 */
export function describeBuiltIn(value: object): string | number | boolean | undefined {
  if (types.isDate(value)) return describeDate(value);
  if (ArrayBuffer.isView(value)) return describeView(value);
  if (types.isAnyArrayBuffer(value)) return describeBytes(nameOf(value), new Uint8Array(value));
  if (types.isRegExp(value)) return RegExp.prototype.toString.call(value);
  return types.isBoxedPrimitive(value) ? describeBoxed(value) : undefined;
}

function describeDate(date: Date): string {
  return Number.isNaN(Date.prototype.getTime.call(date)) ? 'Invalid Date' : Date.prototype.toISOString.call(date);
}

function describeView(view: ArrayBufferView): string {
  if (types.isUint8Array(view)) return describeBytes(nameOf(view), view);
  if (!types.isTypedArray(view)) {
    return describeBytes('DataView', new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }
  const shown = Array.from(view.subarray(0, MAX_SHOWN_ELEMENTS) as ArrayLike<number | bigint>, String).join(', ');
  return `[${nameOf(view)}: ${count(view.length, 'value')}${follow(shown, view.length)}]`;
}

function describeBytes(name: string, bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, MAX_SHOWN_ELEMENTS)).toString('hex');
  return `[${name}: ${count(bytes.length, 'byte')}${follow(shown, bytes.length)}]`;
}

function count(amount: number, unit: string): string {
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

function follow(shown: string, length: number): string {
  if (length === 0) return '';
  return length > MAX_SHOWN_ELEMENTS ? `, ${shown}…` : `, ${shown}`;
}

function nameOf(value: object): string {
  return Buffer.isBuffer(value) ? 'Buffer' : Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function describeBoxed(value: object): string | number | boolean {
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isNumberObject(value)) return describeNumber(Number.prototype.valueOf.call(value));
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (types.isSymbolObject(value)) return Symbol.prototype.toString.call(value);
  return BigInt.prototype.toString.call(value);
}
