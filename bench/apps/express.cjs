const express = require('express');
const { addRoutes } = require('./routes.cjs');
const { serve } = require('./serve.cjs');

const app = express();
addRoutes(app, () => {});
serve(app);
