'use strict';
const fastify = require('fastify');
const serveFastify = require('./fastify-app.cjs');

void import('barbossa-telemetry').then((telemetry) => serveFastify(fastify(), telemetry));
