/**
 * The preload: `node --import barbossa-telemetry/register server.js`. Guard, then start; nothing else.
 * There is no top-level await, so that `--require` works too where Node can require ESM.
 */
import { diag } from './diag.js';
import { decideStart } from './guard.js';
import { startTelemetry } from './sdk/start.js';

const decision = decideStart();
if (decision.hint !== undefined) diag.warn(decision.hint);
if (decision.start) startTelemetry();
