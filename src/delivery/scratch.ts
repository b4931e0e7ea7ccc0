const FIRST_BYTES = 65_536;
/** Memory beyond this, for one record that is very long, is not kept. */
const MAX_KEPT_BYTES = 2_097_152;
/** UTF-8 takes no more for a UTF-16 unit. */
const MAX_BYTES_A_UNIT = 3;

/**
 * Memory for the bytes of a batch, which is used again for the next one. Joined to one string first, and given fresh
 * memory each time, a batch costs several times as much, most of it in the kernel: `npm run bench -- --only logs`.
 */
export class Scratch {
  #spare: Buffer | undefined;

  /** Some texts, one after the other, in UTF-8. Nobody else gets this memory before it is given back. */
  encode(texts: Iterable<string>): Buffer {
    let buffer = this.#spare ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#spare = undefined;
    let length = 0;
    for (const text of texts) {
      const most = length + text.length * MAX_BYTES_A_UNIT;
      if (most > buffer.length) buffer = grow(buffer, length, most);
      length += buffer.write(text, length);
    }
    return buffer.subarray(0, length);
  }

  /** What `encode` has given is not needed any more, by nobody. Where nobody knows that, it is left to the collector of garbage. */
  giveBack({ buffer }: Buffer): void {
    if (buffer.byteLength <= MAX_KEPT_BYTES) this.#spare = Buffer.from(buffer);
  }
}

function grow(buffer: Buffer, length: number, atLeast: number): Buffer {
  const grown = Buffer.allocUnsafeSlow(Math.max(atLeast, buffer.length * 2));
  buffer.copy(grown, 0, 0, length);
  return grown;
}
