import { answerJson, type Answer, type Route } from '../admin/route.js';
import type { Config } from '../config/config.js';
import { makeBuiltInChecks } from '../health/built-in.js';
import { createHealthClock } from '../health/clock.js';
import { HEALTH_PAGES, type HealthAnswer } from '../health/pages.js';
import { addBuiltInChecks, getChecks, observeChecks } from '../health/registry.js';
import { getMountPath } from '../frameworks/express.js';
import { getRoute, setRoute } from '../http/route.js';
import { getInstruments } from '../metrics/instruments.js';
import { feedGauge } from '../metrics/observe.js';

const MS_PER_SECOND = 1_000;

/** The health pages for the admin server. */
export const HEALTH_ROUTES: readonly Route[] = HEALTH_PAGES.map(({ path, about, answer }) => ({
  path,
  about,
  answer: async () => {
    const { status, document } = await answer();
    return answerJson(status, document);
  },
  // What asks for these, a kubelet or a balancer, has no login; why the process is not ready is not for everybody.
  ...(path === '/health' ? {} : { outline: async () => outline(await answer()) }),
}));

function outline({ status, document }: HealthAnswer): Answer {
  return answerJson(status, { status: document['status'] });
}

/** Runs the checks in the background and measures them, once there are instruments. Gives what stops it. */
export function startHealth(config: Config): () => void {
  const instruments = getInstruments();
  const clock = createHealthClock(config.health.intervalMs);
  const stopObserving = observeChecks({
    onAdd: clock.add,
    onReport: ({ definition }, { durationMs }) => {
      instruments?.healthCheckDuration.record(durationMs / MS_PER_SECOND, { check: definition.name });
    },
    onServe: nameEndpoint,
  });
  if (instruments !== undefined) {
    feedGauge(instruments.healthCheckStatus, (result) => {
      for (const [check, { last }] of getChecks()) {
        if (last === undefined) continue;
        result.observe(last.status === 'healthy' || last.status === 'warning' ? 1 : 0, { check });
      }
    });
  }
  addBuiltInChecks(() => makeBuiltInChecks(config.health));
  return () => {
    stopObserving();
    clock.stop();
    for (const check of getChecks().values()) check.close();
  };
}

/** A page that a middleware serves is no route; requests for it are counted under its own path all the same. */
export function nameEndpoint(request: object, path: string): void {
  if (getRoute(request) !== undefined) return;
  const mountPath = getMountPath(request);
  setRoute(request, mountPath !== '' && path === '/' ? mountPath : mountPath + path);
}
