import { feedGauge } from '../../metrics/observe.js';
import { describeError, warnOnce } from '../../diagnostics/diag.js';
import type { Connection } from '../../diagnostics/kept-connection.js';
import type { Instruments } from '../../metrics/instruments.js';
import type { IoredisClient } from '../redis/connection.js';
import { recordTask } from '../record-task.js';
import { readMessage, nameEventType } from './event.js';
import { ChannelListener, type ListenerTimes } from './listener.js';
import { TaskTracker, type TrackerLimits } from './tracker.js';

/** How events are counted; limits and times are for tests. */
export interface EventsOptions {
  readonly open: () => Connection<IoredisClient>;
  /** Patterns of the channels that events are sent to. */
  readonly patterns: readonly string[];
  readonly limits?: TrackerLimits;
  readonly times?: Partial<ListenerTimes>;
}

/** The counting of events. */
export interface EventsObservation {
  readonly listener: ChannelListener;
  readonly tracker: TaskTracker;
  readonly stop: () => void;
}

/** Listens to the events of Celery's workers, and counts the tasks that end. */
export function observeCeleryEvents(instruments: Instruments, options: EventsOptions): EventsObservation {
  const tracker = new TaskTracker(options.limits);
  const onMessage = (message: string): void => {
    try {
      takeMessage(message, tracker, instruments);
    } catch (error) {
      // It came in the course of the client's work, which it must not end.
      warnOnce('celery:event', `an event of Celery's was not counted: ${describeError(error)}`);
    }
  };
  const hooks = {
    onMessage,
    onUp: () => tracker.resume(performance.now()),
    onAlive: () => tracker.forgetLost(performance.now()),
  };
  const listener = new ChannelListener(options.open, options.patterns, hooks, options.times);
  const feeds = [
    feedGauge(instruments.celeryEventsUp, (result) => result.observe(listener.isUp ? 1 : 0)),
    feedGauge(instruments.celeryWorkers, (result) => {
      if (listener.isUp) result.observe(tracker.countWorkers(performance.now()));
    }),
  ];
  listener.start();
  const stop = (): void => {
    listener.stop();
    for (const end of feeds) end();
  };
  return { listener, tracker, stop };
}

function takeMessage(message: string, tracker: TaskTracker, instruments: Instruments): void {
  const read = readMessage(message);
  if ('problem' in read) {
    instruments.celeryEvents.add(1, { type: 'unreadable' });
    warnOnce('celery:unreadable', `a message on the channel of Celery's events is not counted: ${read.problem}`);
    return;
  }
  const nowMs = performance.now();
  for (const event of read.events) {
    instruments.celeryEvents.add(1, { type: nameEventType(event) });
    const ended = tracker.take(event, nowMs);
    if (ended !== undefined) recordTask(ended);
  }
}
