'use strict';
const fastify = require('fastify');
const serveFastify = require('./fastify-app.cjs');

import('barbossa-telemetry').then((telemetry) => serveFastify(fastify(), telemetry));
