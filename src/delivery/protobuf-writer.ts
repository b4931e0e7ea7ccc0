const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Texts shorter than this are written letter by letter, with one byte for their length. */
const SHORT_CHARS = 64;
/** Room for a tag, and for a number or a short text behind it. */
const MOST_BYTES = SHORT_CHARS + 20;
const FIRST_BYTES = 65_536;
/** What one byte of a length holds. */
const ONE_BYTE = 0x80;

/** Writes messages one into the other, into memory that grows. */
export class ProtobufWriter {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  /** What has been written. */
  get written(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  varint(field: number, value: number | bigint): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, FIXED32);
    this.#length = this.#buffer.writeUInt32LE(value >>> 0, this.#length);
  }

  fixed64(field: number, value: bigint): void {
    this.#tag(field, FIXED64);
    this.#length = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
  }

  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  text(field: number, value: string): void {
    this.#tag(field, BYTES);
    const { length } = value;
    if (length >= SHORT_CHARS || !this.#writeAscii(value)) this.#writeBytes(value, 'utf8', Buffer.byteLength(value));
  }

  bytes(field: number, value: string, encoding: 'hex' | 'base64'): void {
    this.#tag(field, BYTES);
    this.#writeBytes(value, encoding, Buffer.byteLength(value, encoding));
  }

  /** Bytes that are protobuf already. */
  raw(value: Buffer): void {
    this.#makeRoom(value.length);
    value.copy(this.#buffer, this.#length);
    this.#length += value.length;
  }

  /** What `write` writes, with its length before it. Most are short: room is left for one byte of length, and made for more. */
  message(field: number, write: () => void): void {
    this.#tag(field, BYTES);
    const at = this.#length;
    this.#length += 1;
    write();
    const size = this.#length - at - 1;
    if (size < ONE_BYTE) {
      this.#buffer[at] = size;
      return;
    }
    const more = varintBytes(size) - 1;
    this.#makeRoom(more);
    this.#buffer.copyWithin(at + 1 + more, at + 1, this.#length);
    this.#length = at;
    this.#varint(size);
    this.#length += size;
  }

  /** Most texts are short and plain: their letters are their bytes. False where this one is not. */
  #writeAscii(value: string): boolean {
    const { length } = value;
    let at = this.#length + 1;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code >= ONE_BYTE) return false;
      this.#buffer[at++] = code;
    }
    this.#buffer[this.#length] = length;
    this.#length = at;
    return true;
  }

  #writeBytes(value: string, encoding: BufferEncoding, bytes: number): void {
    this.#makeRoom(bytes + MOST_BYTES);
    this.#varint(bytes);
    this.#length += this.#buffer.write(value, this.#length, encoding);
  }

  #tag(field: number, type: number): void {
    this.#makeRoom(MOST_BYTES);
    this.#byte((field << 3) | type);
  }

  #varint(value: number | bigint): void {
    let rest = typeof value === 'number' && (value < 0 || !Number.isSafeInteger(value)) ? toInt64(value) : value;
    if (typeof rest === 'bigint') {
      for (rest = BigInt.asUintN(64, rest); rest >= 128n; rest >>= 7n) this.#byte(Number(rest & 127n) | ONE_BYTE);
      this.#byte(Number(rest));
      return;
    }
    for (; rest >= ONE_BYTE; rest = Math.floor(rest / ONE_BYTE)) this.#byte((rest % ONE_BYTE) | ONE_BYTE);
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#buffer[this.#length] = value;
    this.#length += 1;
  }

  #makeRoom(bytes: number): void {
    const most = this.#length + bytes;
    if (most <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(most, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= ONE_BYTE; rest = Math.floor(rest / ONE_BYTE)) bytes += 1;
  return bytes;
}

/** A number of 64 bits, as JSON has it: digits, in quotes or without. What is none is 0. */
export function toInt64(value: number | string | undefined): bigint {
  try {
    return BigInt(value ?? 0);
  } catch {
    return 0n;
  }
}
