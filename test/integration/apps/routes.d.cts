import type express from 'express';

declare function addRoutes(app: express.Express, factory: typeof express): void;
export = addRoutes;
