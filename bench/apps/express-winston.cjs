const express = require('express');
const { logServed } = require('./logger.cjs');
const { addRoutes } = require('./routes.cjs');
const { serve } = require('./serve.cjs');

const app = express();
addRoutes(app, logServed);
serve(app);
