import type { BuiltIn } from './definition.js';
import { createHttpCheck, parseObject, type ConnectedCheck } from './http-service.js';

export const LIDARR: BuiltIn = {
  name: 'lidarr',
  optional: true,
  make: ({ lidarrUrl, lidarrApiKey }) =>
    lidarrUrl === undefined ? undefined : createLidarrCheck(lidarrUrl, lidarrApiKey),
};

/** Asks Lidarr for its status, which needs the API key. */
export function createLidarrCheck(url: string, apiKey: string | undefined): ConnectedCheck {
  return createHttpCheck({
    url,
    path: '/api/v1/system/status',
    headers: apiKey === undefined ? {} : { 'x-api-key': apiKey },
    isAnswer: (text) => typeof parseObject(text)?.['version'] === 'string',
  });
}
