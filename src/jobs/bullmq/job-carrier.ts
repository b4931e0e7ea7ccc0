import { context, createContextKey, ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import { readCarrier, writeCarrier, type Carrier } from '../job-context.js';
import type { Job } from './job-attempt.js';

/**
 * The option under which a stored job carries the context of the request that put it in. BullMQ keeps options that it
 * does not know. It is there in the store alone: no Job object shows it to the application.
 */
export const CARRIER_OPTION = 'barbossa-telemetry';

const NONE = { none: true } as const;

/** Jobs that were stored or read, and what those that were read carried. */
const settled = new WeakMap<Job, Carrier | typeof NONE>();

interface Fetch {
  carrier: Carrier | undefined;
}
const FETCH = createContextKey('barbossa-telemetry.bullmq-fetch');

/**
 * The context in which a worker takes a job from the store. The worker may do so at the end of another job, or in the request
 * that made it. Neither belongs to this job, nor to the next job of its schedule, which is put in here.
 */
export function createFetchContext(): Context {
  const fetch: Fetch = { carrier: undefined };
  return ROOT_CONTEXT.setValue(FETCH, fetch);
}

/** What a job that is put in here and now carries. */
export function currentCarrier(): Carrier | undefined {
  const here = context.active();
  const fetch = here.getValue(FETCH) as Fetch | undefined;
  return fetch === undefined ? writeCarrier(here) : fetch.carrier;
}

/** Adds its carrier to the form that a new job is stored in. */
export function packJob(job: Job, json: unknown): void {
  if (settled.has(job) || typeof json !== 'object' || json === null) return;
  settled.set(job, NONE);
  const carrier = currentCarrier();
  if (carrier === undefined) return;
  const stored = json as { opts?: object };
  // A copy: BullMQ 6 has the job's own options there.
  stored.opts = { ...stored.opts, [CARRIER_OPTION]: carrier };
}

/** Takes the carrier off a job that was read from the store, or was made as it is there. */
export function unpackJob(job: Job): void {
  const carrier = takeCarrier(job);
  settled.set(job, carrier ?? NONE);
  const fetch = context.active().getValue(FETCH) as Fetch | undefined;
  if (fetch !== undefined) fetch.carrier = carrier;
}

/** The carrier of a job that was read from the store. */
export function getCarrier(job: Job): Carrier | undefined {
  const carrier = settled.get(job);
  return carrier === NONE ? undefined : (carrier as Carrier | undefined);
}

function takeCarrier({ opts }: Job): Carrier | undefined {
  if (opts === undefined || !Object.hasOwn(opts, CARRIER_OPTION)) return undefined;
  const carrier = readCarrier(opts[CARRIER_OPTION]);
  delete opts[CARRIER_OPTION];
  return carrier;
}
