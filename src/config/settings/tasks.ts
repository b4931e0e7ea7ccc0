import { parseBoolean } from '../setting.js';
import { BOOLEAN, setting } from './row.js';

/** What is done about jobs of queues. */
export const TASKS = {
  bullmq: setting({
    variable: 'BARBOSSA_BULLMQ',
    about: "Counts BullMQ's jobs and lets the id and the trace of a request cross its queues.",
    allowed: BOOLEAN,
    fallback: true,
    parse: parseBoolean,
  }),
} as const;
