// npm's undici 6.
'use strict';
const { showUndici } = require('../support/undici.cjs');

void showUndici(() => require('undici6'));
