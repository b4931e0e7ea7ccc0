import { createRandom, pick, pickWhole } from './random.js';

const ARTISTS = [
  'The Bilge Rats',
  'Cutlass & Lace',
  'Doldrums',
  'Eight Bells',
  'Fathom Five',
  'Grog Ration',
  'Jolly Rogers',
  'Kraken Choir',
  'Lantern Deck',
  'Moon over Tortuga',
  'Saltwater Saints',
  'Windward',
];
const ALBUMS = ['Against the Tide', 'Below Deck', 'Charts and Stars', 'Last Harbour'];
const FIRST_WORDS = ['Black', 'Broken', 'Distant', 'Golden', 'Hollow', 'Silent', 'Stolen', 'Wild'];
const SECOND_WORDS = ['Anchor', 'Compass', 'Horizon', 'Lagoon', 'Mutiny', 'Sails', 'Shanty', 'Tempest'];
const TRACKS_AN_ALBUM = 10;
/** The library lives in memory: beyond this nothing is taken in. */
const MAX_TRACKS = 10_000;

/** The music that is there: the same 480 tracks after each start, and what was imported since. */
export class Library {
  #tracks = [];
  #folders = new Set();
  #sizeBytes = 0;

  constructor() {
    const random = createRandom('library');
    for (const artist of ARTISTS) {
      for (const album of ALBUMS) this.#addAlbum(random, artist, album, TRACKS_AN_ALBUM);
    }
  }

  /** Number of tracks and what their files weigh. */
  get size() {
    return { tracks: this.#tracks.length, sizeBytes: this.#sizeBytes };
  }

  list({ offset, limit }) {
    return this.#tracks.slice(offset, offset + limit);
  }

  /** A track by its number, from 1. */
  get(id) {
    return this.#tracks[id - 1];
  }

  /** Tracks whose artist, album or title has the text in it. */
  search(text, limit) {
    const wanted = text.toLowerCase();
    const found = [];
    for (const track of this.#tracks) {
      if (found.length === limit) break;
      if (`${track.artist} ${track.album} ${track.title}`.toLowerCase().includes(wanted)) found.push(track);
    }
    return found;
  }

  /** Takes a folder in, once. The number of new tracks. */
  importFolder(folder) {
    if (this.#folders.has(folder)) return 0;
    const random = createRandom(folder);
    const count = Math.min(pickWhole(random, 1, 12), MAX_TRACKS - this.#tracks.length);
    if (count === 0) return 0;
    this.#folders.add(folder);
    this.#addAlbum(random, pick(random, ARTISTS), folder, count);
    return count;
  }

  #addAlbum(random, artist, album, count) {
    for (let number = 1; number <= count; number++) {
      const title = `${pick(random, FIRST_WORDS)} ${pick(random, SECOND_WORDS)}`;
      const durationSeconds = pickWhole(random, 120, 420);
      // 320 kbit/s
      const sizeBytes = durationSeconds * 40_000;
      this.#tracks.push({ id: this.#tracks.length + 1, artist, album, number, title, durationSeconds, sizeBytes });
      this.#sizeBytes += sizeBytes;
    }
  }
}
