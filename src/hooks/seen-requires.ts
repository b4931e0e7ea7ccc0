import Module from 'node:module';
import { alike } from './method.js';

type Require = (this: unknown, ...args: unknown[]) => unknown;
const target = Module.prototype as unknown as { require: Require };

/**
 * Keeps `require` as the application knows it. OpenTelemetry's hook on it answers what it has seen from a list of its own:
 * Node is not asked, so that nobody who stands in `Module._load` is (stubs, shims), nor `require.cache`, nor the subscribers of
 * diagnostics_channel.
 * @param hooksModules Whether anything hooks a module. Where nothing does, the hook is taken off.
 * @param install Puts the hook on.
 */
export function keepRequiresSeen<T>(hooksModules: boolean, install: () => T): T {
  const native = target.require;
  let calls = 0;
  const below: Require = function require(...args) {
    calls += 1;
    return native.apply(this, args);
  };
  target.require = below;
  const result = install();
  const hooked = target.require;
  target.require =
    hooked === below || !hooksModules
      ? native
      : alike(native, function require(this: unknown, ...args: unknown[]) {
          const before = calls;
          const exports = hooked.apply(this, args);
          // What was patched was patched in its place: Node has the same.
          return calls === before ? native.apply(this, args) : exports;
        });
  return result;
}
