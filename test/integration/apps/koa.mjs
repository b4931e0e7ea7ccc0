import { Router } from '@koa/router';
import { health, metrics } from 'barbossa-telemetry';
import Koa from 'koa';
import serveKoa from './koa-app.cjs';

serveKoa(Koa, Router, { health, metrics });
