import { setTimeout as sleep } from 'node:timers/promises';
import { recordImport, startDownload } from 'barbossa-telemetry';
import { createLog } from './logger.js';
import { createRandom } from './random.js';

export const DOWNLOAD_SOURCES = ['archive', 'bandcamp', 'lidarr'];
export const IMPORT_SOURCES = ['folder', 'lidarr', 'plex'];

const log = createLog('tasks');
const STEPS = 10;

/**
 * Fetches a piece of music, or rather takes the time for it: 0.3 to 2.5 s. What is fetched decides how long that is and
 * whether it fails, as one in seven does, so that each run is like the one before.
 */
export async function performDownload({ source, artist, title }, { signal, report }) {
  const random = createRandom(`${source}/${artist}/${title}`);
  const stepMs = (300 + random() * 2_200) / STEPS;
  const failsAtStep = random() < 1 / 7 ? Math.ceil(random() * STEPS) : undefined;
  const download = startDownload({ source });
  try {
    for (let step = 1; step <= STEPS; step++) {
      await sleep(stepMs, undefined, { signal });
      if (step === failsAtStep) throw new Error(`${source} closed the connection`);
      report(step / STEPS);
    }
    download.succeed();
    log.info(`downloaded ${artist}: ${title}`, { source });
  } catch (error) {
    if (signal.aborted) {
      download.cancel();
      log.info(`cancelled the download of ${artist}: ${title}`, { source });
    } else {
      download.fail();
      log.warn(`could not download ${artist}: ${title}`, { source, error });
    }
    throw error;
  }
}

/** Takes a folder into the library. One in ten cannot be read; one that is there already is skipped. */
export async function performImport({ source, folder }, { signal, library }) {
  const random = createRandom(`${source}/${folder}`);
  try {
    await sleep(100 + random() * 500, undefined, { signal });
    if (random() < 0.1) throw new Error(`${folder} cannot be read`);
    const tracks = await library.importFolder(folder);
    recordImport({ source, status: tracks > 0 ? 'success' : 'skipped' });
    log.info(`imported ${folder}`, { source, tracks });
  } catch (error) {
    recordImport({ source, status: 'failed' });
    log.warn(`could not import ${folder}`, { source, error });
    throw error;
  }
}
