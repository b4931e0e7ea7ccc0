/** A failure that its message alone explains. */
export class SetupError extends Error {}

/** A line for the person who reads the container's log. @param {string} text */
export function say(text) {
  process.stdout.write(`setup: ${text}\n`);
}
