/** What a job that was cancelled has failed with. */
export const CANCELLED = 'cancelled';

/** A job of BullMQ as the application shows jobs. */
export function presentJob(job) {
  const { id, data, timestamp, finishedOn, failedReason } = job;
  const state = readState(job);
  return {
    id,
    state,
    progress: state === 'succeeded' ? 1 : readProgress(job.progress),
    data,
    createdAt: new Date(timestamp).toISOString(),
    ...(state === 'failed' ? { error: failedReason } : {}),
    ...(finishedOn === undefined ? {} : { endedAt: new Date(finishedOn).toISOString() }),
  };
}

function readState({ finishedOn, processedOn, failedReason }) {
  if (finishedOn === undefined) return processedOn === undefined ? 'waiting' : 'active';
  return failedReason === undefined ? 'succeeded' : nameFailure(failedReason);
}

function nameFailure(reason) {
  return reason === CANCELLED ? 'cancelled' : 'failed';
}

function readProgress(progress) {
  return typeof progress === 'number' ? progress : 0;
}

/** Tells of each step of each job of a queue, whichever process does it. Returns what ends it. */
export function followQueue(events, listener) {
  const last = new Map();
  const tell = (id, state, progress = last.get(id) ?? 0) => {
    const isEnd = state !== 'waiting' && state !== 'active';
    if (isEnd) last.delete(id);
    else last.set(id, progress);
    listener({ id, state, progress });
  };
  const handlers = {
    waiting: ({ jobId }) => tell(jobId, 'waiting'),
    active: ({ jobId }) => tell(jobId, 'active'),
    progress: ({ jobId, data }) => tell(jobId, 'active', readProgress(data)),
    completed: ({ jobId }) => tell(jobId, 'succeeded', 1),
    failed: ({ jobId, failedReason }) => tell(jobId, nameFailure(failedReason)),
    removed: ({ jobId, prev }) => prev === 'wait' && tell(jobId, 'cancelled'),
  };
  for (const [event, handler] of Object.entries(handlers)) events.on(event, handler);
  return () => {
    for (const [event, handler] of Object.entries(handlers)) events.off(event, handler);
  };
}
