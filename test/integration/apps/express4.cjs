'use strict';
const express = require('express');
const addRoutes = require('./routes.cjs');
const serve = require('./serve.cjs');

const app = express();
// Express 4 leaves a rejection to the application.
app.get('/rejects', (request, response, next) => Promise.reject(new Error('an async route fails')).catch(next));
addRoutes(app, express);
serve(app);
