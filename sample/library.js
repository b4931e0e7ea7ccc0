import { makeFirstTracks, makeFolder, MAX_TRACKS } from './music.js';

/**
 * The music that is there, in the memory of this process: the same 480 tracks after each start, and what was imported
 * since. Asynchronous, so that one in a database can take its place.
 */
export class Library {
  #tracks = [];
  #folders = new Set();
  #sizeBytes = 0;

  constructor() {
    this.#add(makeFirstTracks());
  }

  /** Number of tracks and what their files weigh. */
  async measure() {
    return { tracks: this.#tracks.length, sizeBytes: this.#sizeBytes };
  }

  async list({ offset, limit }) {
    return this.#tracks.slice(offset, offset + limit);
  }

  /** A track by its number, from 1. */
  async get(id) {
    return this.#tracks[id - 1];
  }

  /** Tracks whose artist, album or title has the text in it. */
  async search(text, limit) {
    const wanted = text.toLowerCase();
    const found = [];
    for (const track of this.#tracks) {
      if (found.length === limit) break;
      if (`${track.artist} ${track.album} ${track.title}`.toLowerCase().includes(wanted)) found.push(track);
    }
    return found;
  }

  /** Takes a folder in, once. The number of new tracks. */
  async importFolder(folder) {
    if (this.#folders.has(folder)) return 0;
    const tracks = makeFolder(folder).slice(0, MAX_TRACKS - this.#tracks.length);
    if (tracks.length === 0) return 0;
    this.#folders.add(folder);
    this.#add(tracks);
    return tracks.length;
  }

  #add(tracks) {
    for (const track of tracks) {
      this.#tracks.push({ id: this.#tracks.length + 1, ...track });
      this.#sizeBytes += track.sizeBytes;
    }
  }
}
