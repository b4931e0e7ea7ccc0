/** A variant that does less than it claims is not a fast one: each run proves what it did, or the bench stops. */

/** The sum of the series of one name that have a label, in Prometheus' text format. */
export function countSeries(text, { series, label }) {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${series}{`) && line.includes(label))
    .reduce(
      (sum, line) =>
        sum +
        Number(
          line
            .slice(line.lastIndexOf('}') + 1)
            .trim()
            .split(' ')[0],
        ),
      0,
    );
}

/** Throws where the metrics or the records of a run are not what its requests should have made of them. */
export function checkRun(variant, { sent, delivered, counted, stderr }) {
  const fail = (what) => {
    throw new Error(`${variant.title}: ${what}\n${stderr}`);
  };
  if (variant.count !== undefined && counted !== sent) {
    fail(`${variant.count.series} with ${variant.count.label} is ${counted} after ${sent} requests`);
  }
  checkDelivery(fail, variant, sent, delivered);
  if (variant.logs && delivered.logsWithTraceId !== delivered.logs) {
    fail(`${delivered.logsWithTraceId} of ${delivered.logs} log records have a trace id`);
  }
  const spans = delivered.traces > 0;
  if (spans !== (variant.spans === true)) fail(`${delivered.traces} spans were exported`);
}

/** Lost records are shown in the table; none at all, or more than were written, is an error. */
export function checkDelivery(fail, variant, sent, delivered) {
  if (variant.logs && delivered.logs === 0) fail(`none of ${sent} log records reached the OTLP sink`);
  if (delivered.logs > sent) fail(`${delivered.logs} log records reached the OTLP sink, ${sent} were written`);
  if (!variant.logs && delivered.requests > 0) fail(`${delivered.requests} OTLP requests came from it`);
}

/** Throws unless each of the lines on stdout is the JSON of one log record and there are `expected` of them. */
export function checkPrintedLines(title, stdout, expected) {
  const lines = stdout.split('\n').filter((line) => line.includes('track '));
  for (const line of lines) {
    const { message, msg } = JSON.parse(line);
    if ((message ?? msg) !== 'track served') throw new Error(`${title}: printed what it should not: ${line}`);
  }
  if (lines.length !== expected) throw new Error(`${title}: printed ${lines.length} lines, ${expected} were logged`);
}
