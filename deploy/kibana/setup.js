#!/usr/bin/env node
/*
 * Gives Kibana its data views, saved searches and the dashboard: waits for it, imports objects.ndjson, reads what Kibana
 * says of each, and looks whether the data views are there. What is there under the same ids is replaced, so it may run
 * any number of times. Exit code 0: all is there; 1: the last line says what is not.
 *
 *   node setup.js
 *
 *   BARBOSSA_KIBANA_URL             http://localhost:5601
 *   BARBOSSA_KIBANA_CA_FILE         certificate authority, for https; empty: those that Node has
 *   BARBOSSA_KIBANA_USER            a user who may write saved objects; empty: Kibana asks for none
 *   BARBOSSA_KIBANA_PASSWORD_FILE   /run/secrets/kibana-user.password
 *   BARBOSSA_SETUP_WAIT_SECONDS     how long to wait for Kibana: 300
 */
import { say, SetupError } from './setup/failure.js';
import { checkDataViews, importObjects } from './setup/import.js';
import { waitForServer } from './setup/server.js';
import { readSettings } from './setup/settings.js';

const OBJECTS = new URL('objects.ndjson', import.meta.url);

try {
  const settings = readSettings();
  await waitForServer(settings);
  await importObjects(settings, OBJECTS);
  await checkDataViews(settings, OBJECTS);
  say('done');
} catch (error) {
  say(`failed: ${error instanceof SetupError ? error.message : error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
}
