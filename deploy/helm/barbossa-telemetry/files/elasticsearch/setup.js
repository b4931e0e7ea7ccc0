#!/usr/bin/env node
/*
 * Gives Elasticsearch what the log indices need, or the data streams, then looks whether it has it: waits for the server,
 * stores the ILM policy and the index template, reads both back, and checks what a new index would really get and what
 * today's have.
 * Says a line for each. May run any number of times. Exit code 0: all is in force; 1: the last line says what is not.
 *
 *   node setup.js [--without-ilm]
 *
 *   BARBOSSA_ELASTICSEARCH_URL                  https://localhost:9200
 *   BARBOSSA_ELASTICSEARCH_CA_FILE              certificate authority; empty: those that Node has
 *   BARBOSSA_ELASTICSEARCH_SETUP_USER           barbossa_setup
 *   BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE  /run/secrets/setup.password
 *   BARBOSSA_LOG_TARGET                         as the collector has it: daily, or datastream: daily
 *   BARBOSSA_LOG_NAMESPACE                      as the collector has it, for data streams: default
 *   BARBOSSA_LOG_RETENTION_DAYS                 days until an index is deleted: 30
 *   BARBOSSA_LOG_WARM_DAYS                      days until it moves to nodes with the role data_warm: never
 *   BARBOSSA_LOG_COLD_DAYS                      days until it moves to nodes with the role data_cold: never
 *   BARBOSSA_LOG_REPLICAS                       copies of each index beside the first: 0, for a server of one node
 *   BARBOSSA_SETUP_WAIT_SECONDS                 how long to wait for the server: 180
 *
 * --without-ilm is for a server whose distribution lacks ILM; there somebody else has to delete old indices.
 */
import { SetupError, say } from './setup/failure.js';
import { waitForServer } from './setup/server.js';
import { readSettings } from './setup/settings.js';
import { applyPolicy, applyTemplate, checkNames, checkNewIndices, checkOldIndices } from './setup/steps.js';
import { findTarget } from './setup/target.js';

try {
  const settings = readSettings();
  const target = findTarget(settings);
  await waitForServer(settings);
  await checkNames(settings, target);
  await applyPolicy(settings, target);
  const template = await applyTemplate(settings, target);
  await checkNewIndices(settings, target, template);
  await checkOldIndices(settings, target, template);
  say('done');
} catch (error) {
  say(`failed: ${error instanceof SetupError ? error.message : error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
}
