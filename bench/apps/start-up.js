// The clock is read before anything else in this file: static imports would run first, so there are none.
const firstStatementNs = process.hrtime.bigint();
const { user, system } = process.cpuUsage();

const { createRequire } = await import('node:module');
createRequire(import.meta.url)(process.argv[2]);
process.send({ kind: 'started', firstStatementNs: String(firstStatementNs), cpuMicros: user + system });
