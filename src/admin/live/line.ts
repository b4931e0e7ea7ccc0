/** One log line as the page gets it. */
export interface LiveLine {
  readonly timeMs: number;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  /** Exception and further fields, as text. */
  readonly more?: string;
  readonly requestId?: string;
  readonly traceId?: string;
}

/** A request that has ended, as the page gets it. */
export interface LiveRequest {
  readonly id: string;
  readonly timeMs: number;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly traceId?: string;
}

const MAX_MESSAGE = 2_000;
const MAX_MORE = 4_000;
const MAX_WORD = 200;

/** The line with texts that are cut: five hundred of them are some megabytes at most, whatever is logged. */
export function cutLine({ message, more, logger, requestId, traceId, ...rest }: LiveLine): LiveLine {
  return {
    ...rest,
    logger: cut(logger, MAX_WORD),
    message: cut(message, MAX_MESSAGE),
    ...(more === undefined ? {} : { more: cut(more, MAX_MORE) }),
    ...(requestId === undefined ? {} : { requestId: cut(requestId, MAX_WORD) }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/** A slice of a long text would hold all of it: the copy does not. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = Buffer.from(text.slice(0, most)).toString();
  return `${kept}… (${text.length} characters)`;
}
