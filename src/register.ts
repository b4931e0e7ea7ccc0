/**
 * The preload: `node --import barbossa-telemetry/register server.js`. Guard, then start; nothing else.
 * There is no top-level await, so that `--require` works too where Node can require ESM.
 */
import { diag } from './diagnostics/diag.js';
import { holdEarlyMessages } from './start/early-messages.js';
import { decideStart } from './start/guard.js';
import { sayLeftAlone, startTelemetry } from './start/start.js';

const held = holdEarlyMessages(process.argv[1]);
const decision = decideStart();
if (decision.hint !== undefined) diag.warn(decision.hint);
if (decision.leftAlone !== undefined) sayLeftAlone(decision.leftAlone);
if (decision.start) startTelemetry();
if (!held && decision.start) {
  diag.warn(
    'messages of the cluster primary came before the application could listen; on Node 20 use --require instead of --import',
  );
}
