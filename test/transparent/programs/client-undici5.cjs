// npm's undici 5.
'use strict';
const { showUndici } = require('../support/undici.cjs');

void showUndici(() => require('undici5'));
