import { createRequire } from 'node:module';

/**
 * Node's modules for HTTP. An `import` of `node:http` reads every export of it, and so the lazy ones: `http.WebSocket` loads
 * the undici inside Node, which then sets the global dispatcher that an undici of the application would have set.
 */
const require = createRequire(import.meta.url);

export const http = require('node:http') as typeof import('node:http');
export const https = require('node:https') as typeof import('node:https');
