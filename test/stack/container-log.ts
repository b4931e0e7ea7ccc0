import { appendFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Docker cuts a line that is longer into parts, each an entry of its own. */
const DOCKER_PART_CHARS = 16_384;

/** What `docker run --label` and the driver's option `labels` put on each line. */
export type Labels = Readonly<Record<string, string>>;

/** The file that Docker's json-file driver keeps for one container. */
export class ContainerLog {
  readonly id: string;
  readonly #folder: string;
  readonly #labels: Labels;
  #lastNanos = 0;

  /** Makes the container's folder below `root`. */
  constructor(root: string, id: string, labels: Labels = { 'barbossa.logs': 'stdout' }) {
    this.id = id.padEnd(64, '0');
    this.#labels = labels;
    this.#folder = join(root, this.id);
    mkdirSync(this.#folder, { recursive: true });
  }

  get file(): string {
    return join(this.#folder, `${this.id}-json.log`);
  }

  /** What the container writes: each line becomes an entry, a long one several. */
  write(text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    const lines = text.split(/(?<=\n)/);
    appendFileSync(this.file, lines.flatMap((line) => this.#split(line, stream)).join(''));
  }

  /** Bytes that are no entry of the driver. */
  writeRaw(text: string): void {
    appendFileSync(this.file, text);
  }

  /** As the driver does with max-file: the file gets a number, and a new one begins. */
  rotate(): void {
    renameSync(this.file, `${this.file}.1`);
  }

  #split(line: string, stream: string): string[] {
    const parts = line.match(new RegExp(`[^]{1,${DOCKER_PART_CHARS}}`, 'g')) ?? [];
    return parts.map((log) => `${JSON.stringify({ log, stream, attrs: this.#labels, time: this.#nextTime() })}\n`);
  }

  /** RFC 3339 with nanoseconds; no two entries of a container have the same. */
  #nextTime(): string {
    this.#lastNanos = (this.#lastNanos + 1) % 1_000_000;
    return new Date().toISOString().replace('Z', `${String(this.#lastNanos).padStart(6, '0')}Z`);
  }
}
