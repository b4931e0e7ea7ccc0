import type { BuiltIn } from './definition.js';
import { createHttpCheck, parseObject, type ConnectedCheck } from './http-service.js';

export const PLEX: BuiltIn = {
  name: 'plex',
  optional: true,
  make: ({ plexUrl, plexToken }) => (plexUrl === undefined ? undefined : createPlexCheck(plexUrl, plexToken)),
};

/** Asks Plex who it is, which needs no token; one that is given is sent, and refused where it is not right. */
export function createPlexCheck(url: string, token: string | undefined): ConnectedCheck {
  return createHttpCheck({
    url,
    path: '/identity',
    headers: token === undefined ? {} : { 'x-plex-token': token },
    // Older servers answer XML whatever is asked for.
    isAnswer: (text) => parseObject(text)?.['MediaContainer'] !== undefined || /<MediaContainer[\s>]/.test(text),
  });
}
