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
/** A sample: beyond this nothing is taken in. */
export const MAX_TRACKS = 10_000;

/** The 480 tracks that every library begins with, always the same. */
export function makeFirstTracks() {
  const random = createRandom('library');
  return ARTISTS.flatMap((artist) => ALBUMS.flatMap((album) => makeAlbum(random, artist, album, TRACKS_AN_ALBUM)));
}

/** What a folder has in it: 1 to 12 tracks, the same for the same name. */
export function makeFolder(folder) {
  const random = createRandom(folder);
  const count = pickWhole(random, 1, 12);
  return makeAlbum(random, pick(random, ARTISTS), folder, count);
}

function makeAlbum(random, artist, album, count) {
  return Array.from({ length: count }, (_, index) => {
    const title = `${pick(random, FIRST_WORDS)} ${pick(random, SECOND_WORDS)}`;
    const durationSeconds = pickWhole(random, 120, 420);
    // 320 kbit/s
    const sizeBytes = durationSeconds * 40_000;
    return { artist, album, number: index + 1, title, durationSeconds, sizeBytes };
  });
}
