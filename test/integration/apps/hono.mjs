import { serve } from '@hono/node-server';
import { health, metrics } from 'barbossa-telemetry';
import { Hono } from 'hono';
import serveHono from './hono-app.cjs';

serveHono(Hono, serve, { health, metrics });
