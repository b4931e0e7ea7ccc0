'use strict';
const { serve } = require('@hono/node-server');
const { Hono } = require('hono');
const serveHono = require('./hono-app.cjs');

void import('barbossa-telemetry').then((telemetry) => serveHono(Hono, serve, telemetry));
