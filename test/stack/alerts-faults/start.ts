import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Disk } from '../../../scripts/stack/disk.js';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { startWholeRun, type WholeRun } from '../whole/whole-run.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const MUSIC_BYTES = 8_000_000;
const ELASTICSEARCH_BYTES = 100_000_000;
/** User of Elasticsearch's image. */
const ELASTICSEARCH_UID = 1000;

/** The whole stack, with disks that can be full. */
export interface Site extends WholeRun {
  /** Where the library is. */
  readonly music: Disk;
  /** Where Elasticsearch's data is. */
  readonly elasticsearchDisk: Disk;
  /** Where they are mounted. */
  readonly mountpoints: { readonly music: string; readonly elasticsearch: string };
}

/** Starts compose.yaml with what a site may set in .env, and a second host. The disk of the library is full already. */
export async function startSite(): Promise<Site> {
  const folder = mkdtempSync(path.join(tmpdir(), 'barbossa-alerts-faults-'));
  // Programs with other users look into it.
  chmodSync(folder, 0o755);
  const scrape = path.join(folder, 'scrape');
  cpSync(fromRoot('deploy/prometheus/scrape'), scrape, { recursive: true });
  cpSync(path.join(HERE, 'second-host.yml'), path.join(scrape, 'second-host.yml'));
  const mountpoints = { music: path.join(folder, 'music'), elasticsearch: path.join(folder, 'elasticsearch') };
  for (const each of Object.values(mountpoints)) mkdirSync(each);
  const music = new Disk(MUSIC_BYTES, mountpoints.music);
  const elasticsearchDisk = new Disk(ELASTICSEARCH_BYTES, mountpoints.elasticsearch);
  const release = (): void => {
    music.unmount();
    elasticsearchDisk.unmount();
    rmSync(folder, { recursive: true });
  };
  try {
    chownSync(mountpoints.elasticsearch, ELASTICSEARCH_UID, 0);
    music.fill();
    const run = await startWholeRun({
      files: ['compose.yaml', path.relative(fromRoot('deploy'), path.join(HERE, 'compose.yaml'))],
      env: {
        BARBOSSA_TEST_SCRAPE_DIR: scrape,
        BARBOSSA_MUSIC_DIR: mountpoints.music,
        BARBOSSA_ELASTICSEARCH_DIR: mountpoints.elasticsearch,
        BARBOSSA_COLLECTOR_QUEUE_BYTES: '1000000',
        BARBOSSA_CELERY_EVENTS: 'on',
        // Nobody listens there.
        BARBOSSA_ALERT_MAIL_TO: 'anne@example.com',
        BARBOSSA_SMTP_FROM: 'barbossa@example.com',
        BARBOSSA_SMTP_SMARTHOST: 'alertmanager:25',
      },
    });
    const stop = async (): Promise<void> => {
      await run.stop();
      release();
    };
    return { ...run, music, elasticsearchDisk, mountpoints, stop };
  } catch (error) {
    release();
    throw error;
  }
}
