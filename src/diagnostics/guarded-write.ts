/**
 * Writes to stdout or stderr so that a stream which is closed or full does not end the process: for the time of this write
 * its error has a listener, unless the application has one, which then gets it as it does for any other write. Errors of
 * the application's own writes stay what they were. Through the stream and not to its descriptor: the application's lines
 * and ours stay in their order, and a reader that is slow holds nobody up.
 * @throws What the stream throws.
 */
export function writeGuarded(stream: NodeJS.WriteStream, text: string): void {
  // Some streams emit their error within write().
  const guarded = stream.listenerCount('error') === 0;
  if (guarded) stream.on('error', ignoreError);
  try {
    stream.write(text, (error) => onWritten(stream, error));
  } finally {
    if (guarded) stream.removeListener('error', ignoreError);
  }
}

/** A stream that fails later calls this first and emits the error afterwards. */
function onWritten(stream: NodeJS.WriteStream, error: Error | null | undefined): void {
  if (error === undefined || error === null) return;
  if (stream.listenerCount('error') > 0) return;
  stream.once('error', ignoreError);
  // The error comes before the next turn of the event loop, if it comes at all.
  setTimeout(() => stream.removeListener('error', ignoreError), 0).unref();
}

function ignoreError(): void {
  // Nobody reads the lines: that is no reason to end the application.
}
