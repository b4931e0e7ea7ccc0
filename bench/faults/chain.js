/** One road of the logs: the application, whatever stands between, and a collector of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCollectorPorts, startCollector } from '../../scripts/stack/collector.js';
import { stockIndex } from './store.js';
import { Workload } from './workload.js';

const STOCK_CONFIG = fileURLToPath(new URL('stock-collector.yaml', import.meta.url));

export class Chain {
  #destination;
  #options;
  #ports;
  #folder;
  #wire;
  kind;
  run;
  workload;
  collector;
  /** Its collector's, where it is one of its own. */
  disk;
  /** Between application and collector; undefined without one. */
  proxy;

  /**
   * @param {object} options
   * @param {'ours' | 'stock'} options.kind
   * @param {string} options.run The name of this run in Elasticsearch.
   * @param {object} options.destination Where the collector writes to.
   * @param {import('../../scripts/stack/disk.js').Disk} [options.disk] What the collector's folder is on.
   * @param {Record<string, string>} [options.collectorEnv]
   * @param {Record<string, string>} [options.appEnv]
   * @param {string[]} [options.preloads]
   * @param {(url: string) => Promise<{ url: string, close: () => Promise<void> }>} [options.wire] Makes the proxy.
   */
  constructor({ kind, run, destination, disk, wire, ...options }) {
    this.kind = kind;
    this.run = run;
    this.#destination = destination;
    this.#wire = wire;
    this.#options = options;
    this.disk = disk;
    this.#folder = disk?.folder ?? mkdtempSync(path.join(tmpdir(), 'barbossa-faults-'));
    process.on('exit', this.#removeFolder);
  }

  /** Finds the ports and makes the proxy; the collector is not started yet. */
  async prepare() {
    const { appEnv, preloads } = this.#options;
    this.#ports = await findCollectorPorts();
    const collectorUrl = `http://127.0.0.1:${this.#ports.otlp}`;
    this.proxy = await this.#wire?.(collectorUrl);
    const url = this.proxy?.url ?? collectorUrl;
    this.workload = new Workload({ kind: this.kind, run: this.run, url, env: appEnv, preloads });
  }

  /** Starts the collector for the first time. */
  async startCollector() {
    const env = { ...this.#options.collectorEnv, FAULTS_STOCK_INDEX: stockIndex(this.run) };
    const configs = this.kind === 'ours' ? ['gateway.yaml'] : [STOCK_CONFIG];
    const where = { elasticsearch: this.#destination, folder: this.#folder, ports: this.#ports };
    this.collector = await startCollector({ configs, env, ...where });
  }

  /** Ends everything and leaves nothing behind. */
  async end() {
    await this.workload?.end();
    this.workload?.removeSpool();
    await this.proxy?.close();
    await this.collector?.stop();
    this.#removeFolder();
    process.off('exit', this.#removeFolder);
  }

  #removeFolder = () => rmSync(this.#folder, { recursive: true, force: true });
}
