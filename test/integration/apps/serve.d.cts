import type { Express } from 'express';

declare function serve(app: Express): void;
export = serve;
