/** The headers that the package adds to what a program sends and answers; everything else has to be as without it. */
const ADDED = ['x-request-id', 'traceparent', 'tracestate', 'baggage'] as const;
const ADDED_LINE = /^[\s|<>]*(x-request-id|traceparent|tracestate|baggage): \S/i;

/** What a program printed, without the headers that may differ. */
export function withoutAddedHeaders(printed: string): string {
  return printed
    .split('\n')
    .filter((line) => !ADDED_LINE.test(line))
    .join('\n');
}

/** Headers that stand more than once in one message as printed: messages are set apart by empty lines. */
export function findDoubled(printed: string): string[] {
  const doubled: string[] = [];
  for (const message of printed.split(/\n[\s|<>]*\n/)) {
    for (const name of ADDED) {
      const lines = message.split('\n').filter((line) => ADDED_LINE.exec(line)?.[1]?.toLowerCase() === name);
      if (lines.length > 1) doubled.push(`${name} in ${message}`);
    }
  }
  return doubled;
}
