/** Why nothing was done, or no more than was: a sentence for the person who ran the command. */
export class Refusal extends Error {}

/** What the system said, in a word: `EACCES`, or its message where it has no code. */
export function readCode(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
