// An object as its owner finds it afterwards. Nothing in here knows the package.
'use strict';
const { types } = require('node:util');
const { show } = require('./seen.cjs');

/** Own keys in their order with their descriptors, the prototype, and whether it is frozen. */
exports.describeObject = function describeObject(object) {
  const descriptors = Reflect.ownKeys(object).map((key) => {
    const { value, get, ...flags } = Reflect.getOwnPropertyDescriptor(object, key);
    const shown = key === 'stack' ? 'a stack' : show(get === undefined ? withoutIds(value) : 'a getter');
    return `${String(key)} ${Object.values(flags).map(Number).join('')} ${shown}`;
  });
  const state = Object.isFrozen(object) ? 'frozen' : Object.isExtensible(object) ? 'open' : 'closed';
  const kind = Array.isArray(object) ? 'array' : types.isNativeError(object) ? 'error' : 'object';
  return `${Object.getPrototypeOf(object)?.constructor.name} ${kind} ${state}\n    ${descriptors.join('\n    ')}`;
};

/** A printed line without the three ids that it has in a request under the preload. */
function withoutIds(value) {
  if (typeof value !== 'string') return value;
  return value
    .replaceAll(/"?(?:trace_id|span_id|request_id)"?(?:=|:\s?)["']?[\w-]+["']?,?\s*/g, '')
    .replaceAll(/,\s*(?=\}|$)| \{\}$/g, '')
    .replaceAll(/,\n\s+/g, ', ')
    .replaceAll(/\{\s+|\s+\}/g, (bracket) => bracket.trim())
    .replaceAll(/[\w./\\-]*node_modules\S*|\(?\S*:\d+:\d+\)?/g, 'PLACE');
}
exports.withoutIds = withoutIds;
