const express = require('express');

/**
 * The part of the application that is the same everywhere: a body parser, a router mounted on a path, a route with
 * a parameter. `onServed` is called once a request; the variants with winston log their line in it.
 */
exports.addRoutes = function addRoutes(app, onServed) {
  const tracks = express.Router();
  tracks.get('/tracks/:id', (req, res) => {
    onServed(req);
    res.json({ id: req.params.id, title: 'Teardrop', artist: 'Massive Attack', seconds: 329 });
  });
  app.use(express.json());
  app.use('/api', tracks);
};
