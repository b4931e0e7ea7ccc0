/** How each section is measured, in a paragraph each, for the report. */
import { MEMORY_BYTES, SPOOL_BYTES } from './sections/outage.js';
import { RECORDS_A_REQUEST } from './sections/pipeline.js';

const count = (value) => value.toLocaleString('en-US');

const describeRequests = ({ requests, warmUpRequests }, rounds) =>
  `An Express 5 application (CommonJS, \`NODE_ENV=production\`) with a JSON body parser and \`/api/tracks/:id\` in a mounted router
  writes one winston JSON line a request to stdout, which is \`/dev/null\`. Another process sends ${count(warmUpRequests)} requests to warm it up and
  ${count(requests)} that count, over 10 keep-alive connections, and checks each answer. The figure is \`process.cpuUsage()\` of the application (user
  and system, all threads) over the counted requests; "afterwards" is what it used in the idle time that follows, for records and
  garbage left over, divided by the same number. Each of the ${rounds} rounds runs the variants one after the other and begins with another one;
  a ratio is of two runs of the same round. The OpenTelemetry variants and ours make spans that are exported nowhere and send their log
  records in batches to the same OTLP sink in a third process. Elastic's distribution runs as it comes, so it exports its spans too,
  with the sending of logs switched on and its cloud detectors off. The bench stops where an answer is wrong, the request count on
  \`/metrics\` is not exactly the number sent, a request did not print one line, or a record lacks its trace id. Lost records are
  shown, not hidden.`;

const describeStartup = (_options, launches) =>
  `${launches} launches of each, interleaved. The time runs from just before the process is spawned to the first statement of its main
  file, both read from the machine's monotonic clock; its CPU to the same point; and the time to the answer to a first request of the Express + winston application, which
  that file then loads. "Added" is the median of the differences to plain node (the same files, nothing preloaded) in the same turn.`;

const describeMemory = ({ idleMs }) =>
  `\`process.memoryUsage.rss()\` in the runs of the first table: right after the last answer, and after at least ${idleMs / 1_000} s without a request,
  when the log records have been delivered. No garbage collection is forced. A megabyte is 1,000,000 bytes.`;

const describeLogs = ({ lines, warmUpLines }, rounds) =>
  `In each of ${rounds} rounds a process without a server logs ${count(lines)} lines with two fields, after ${count(warmUpLines)} to warm up, 100 at a time with 10 ms between, which is slow
  enough for every batch processor here to deliver them. stdout is a file, the spool of our variants is on, both on the disk of the temporary
  folder. CPU is \`process.cpuUsage()\` from the first line until
  the last record is with the OTLP sink, less that of the same run without a logger; "the call alone" is the wall time for which the
  caller waits. A disabled call is \`debug\` at level \`info\`, in CPU time. Before that each variant proves that it prints each line once, and a disabled one not at all.`;

const describeScrape = () =>
  `15 times \`GET /metrics\` after each of those loads, from another process over loopback, to the last byte. The load has one route, so this is
  the fixed cost, and each variant serves the families it has: express-prom-bundle and ours those of Node.js too, stock OpenTelemetry
  only the request's. Elastic's distribution pushes its metrics and has no such endpoint.`;

const describeInstall = () =>
  `What \`npm install --omit=dev --ignore-scripts\` puts into an empty folder for what a person would name: packages with what they
  bring along, files and their bytes. Ours is the packed package of this checkout. Express and winston are in the first row only.`;

const describePipeline = ({ records }, rounds) =>
  `In each of ${rounds} rounds one sender posts ${count(records)} records, ${count(RECORDS_A_REQUEST)} a request, one request after the other, to a collector that writes to
  Elasticsearch over TLS; sender, collector and Elasticsearch share this machine. CPU is that of the collector's process until a search finds the last record; "taken" is
  until the last request was answered, "searchable" until the last record was found. Ours writes each request to disk before it answers, makes the document, and
  knows each record by its id; the defaults do none of that.`;

const describeOutage = ({ outageMinutes }) =>
  `One process logs 1,000 winston lines a second, the sink goes away for ${outageMinutes} min and comes back at the same address. The heap is
  \`heapUsed\` and \`external\` after a forced collection, above what it was just before. In force are the defaults,
  \`BARBOSSA_LOG_MEMORY_BYTES=${MEMORY_BYTES}\` and \`BARBOSSA_LOG_SPOOL_BYTES=${SPOOL_BYTES}\`. The bench stops where the heap grew by more than the
  first and an allowance for what the records are kept in, or where delivered and dropped records are not all that were written.`;

export const METHOD = {
  requests: describeRequests,
  startup: describeStartup,
  memory: describeMemory,
  logs: describeLogs,
  scrape: describeScrape,
  install: describeInstall,
  pipeline: describePipeline,
  outage: describeOutage,
};
