import { setTimeout as sleep } from 'node:timers/promises';
import type { Expected } from './expected.js';

const EVERY_MS = 2_000;

/** An alert as Alertmanager's API gives it. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: { readonly state: string };
}

/** What was seen of an alert: each description and each state that it had, and whether it is there now. */
export interface Sighting {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly descriptions: Set<string>;
  readonly states: Set<string>;
  isThere: boolean;
}

/** Looks again and again which alerts Alertmanager has. It lists those that have not been resolved. */
export class Sightings {
  readonly #url: string;
  readonly #seen = new Map<string, Sighting>();
  readonly #over = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string) {
    this.#url = url;
    this.#done = this.#look();
  }

  get all(): Sighting[] {
    return Array.from(this.#seen.values());
  }

  /** Those that are meant. */
  find({ alert, severity, labels }: Pick<Expected, 'alert' | 'severity' | 'labels'>): Sighting[] {
    const wanted = Object.entries<string | RegExp>({ alertname: alert, severity, ...labels });
    return this.all.filter((sighting) =>
      wanted.every(([name, value]) => {
        const found = sighting.labels[name] ?? '';
        return typeof value === 'string' ? found === value : value.test(found);
      }),
    );
  }

  has(alert: string): boolean {
    return this.all.some(({ labels }) => labels['alertname'] === alert);
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#done;
  }

  async #look(): Promise<void> {
    while (!this.#over.signal.aborted) {
      try {
        const answer = await fetch(`${this.#url}/api/v2/alerts`);
        this.#note((await answer.json()) as Alert[]);
      } catch (error) {
        // It is stopped for a while.
        if (!(error instanceof TypeError)) throw error;
      }
      await sleep(EVERY_MS, undefined, { signal: this.#over.signal }).catch(() => {});
    }
  }

  #note(alerts: readonly Alert[]): void {
    for (const sighting of this.#seen.values()) sighting.isThere = false;
    for (const { labels, annotations, status } of alerts) {
      const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => a.localeCompare(b)));
      const states = new Set<string>();
      const begun = { labels, annotations, descriptions: new Set<string>(), states };
      const sighting = this.#seen.get(key) ?? { ...begun, isThere: true };
      sighting.isThere = true;
      sighting.states.add(status.state);
      sighting.descriptions.add(annotations['description'] ?? '');
      this.#seen.set(key, sighting);
    }
  }
}
