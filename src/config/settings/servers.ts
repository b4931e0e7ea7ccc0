import { parseHttpUrl, setting, URL_WORDS } from '../setting.js';

/** Where people look at what is stored. */
export const SERVERS = {
  kibanaUrl: setting<string | undefined>({
    variable: 'BARBOSSA_KIBANA_URL',
    about: 'Kibana, as a browser reaches it: the live page links a request to its lines there.',
    allowed: URL_WORDS,
    fallback: undefined,
    parse: parseHttpUrl,
  }),
  grafanaUrl: setting<string | undefined>({
    variable: 'BARBOSSA_GRAFANA_URL',
    about: 'Grafana, as a browser reaches it: the live page links a route to its panels there.',
    allowed: URL_WORDS,
    fallback: undefined,
    parse: parseHttpUrl,
  }),
} as const;
