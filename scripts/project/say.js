/** A line for the person who runs the command. @param {string} [line] */
export function say(line = '') {
  process.stdout.write(`${line}\n`);
}

/** Ends the command with one line on stderr and exit code 1. @param {string} line @returns {never} */
export function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

/** A duration for reading: `0.4 s`, `12 s`, `2 min 5 s`. @param {number} ms */
export function printDuration(ms) {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
