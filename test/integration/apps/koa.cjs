'use strict';
const { default: Router } = require('@koa/router');
const Koa = require('koa');
const serveKoa = require('./koa-app.cjs');

void import('barbossa-telemetry').then((telemetry) => serveKoa(Koa, Router, telemetry));
