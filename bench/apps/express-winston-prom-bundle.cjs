const express = require('express');
const promBundle = require('express-prom-bundle');
const { collectDefaultMetrics } = require('prom-client');
const { logServed } = require('./logger.cjs');
const { addRoutes } = require('./routes.cjs');
const { serve } = require('./serve.cjs');

/** The route template as its README shows it: cheaper than the default, which parses the URL, and the label that we have. */
const normalizePath = (req) => `${req.baseUrl}${req.route?.path ?? ''}`;

collectDefaultMetrics();
const app = express();
app.use(promBundle({ includeMethod: true, includePath: true, normalizePath }));
addRoutes(app, logServed);
serve(app);
