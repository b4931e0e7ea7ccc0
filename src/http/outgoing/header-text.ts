const LINE_END = '\r\n';

/** The head of a message as it is sent: lines of names and values, the first of them something else. */
export class HeaderText {
  readonly #lines: string[];

  /** @param text With or without the empty line at its end, which is kept. */
  constructor(text: string) {
    this.#lines = text.split(LINE_END);
  }

  /** The value of the first header of a name, in lower case. */
  readonly read = (name: string): string | undefined => {
    const line = this.#lines.find((each) => isOf(each, name));
    return line?.slice(name.length + 1).trim();
  };

  /** Makes `value` the only one of its name: in the place of the first one, else behind all others. */
  set(name: string, value: string): void {
    const at = this.#lines.findIndex((line) => isOf(line, name));
    const added = `${name}: ${value}`;
    if (at < 0) return void this.#lines.splice(this.#countHeaders(), 0, added);
    this.#lines[at] = added;
    for (let index = this.#lines.length - 1; index > at; index -= 1) {
      if (isOf(this.#lines[index] ?? '', name)) this.#lines.splice(index, 1);
    }
  }

  #countHeaders(): number {
    const end = this.#lines.indexOf('');
    return end < 0 ? this.#lines.length : end;
  }

  toString(): string {
    return this.#lines.join(LINE_END);
  }
}

function isOf(line: string, name: string): boolean {
  return line[name.length] === ':' && line.slice(0, name.length).toLowerCase() === name.toLowerCase();
}
