// npm's undici 7.
'use strict';
const { showUndici } = require('../support/undici.cjs');

void showUndici(() => require('undici7'));
