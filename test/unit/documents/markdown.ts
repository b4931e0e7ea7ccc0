/** What stands in code is no link and no heading: its lines are left empty, so that the others keep their places. */
function withoutCode(text: string): string {
  return text
    .replace(/^( *)```[^]*?^\1```$/gm, '')
    .replace(/^ {4}(?! *([-*]|\d+\.) ).*$/gm, '')
    .replace(/`[^`\n]+`/g, (code) => code.replace(/[[\]()#]/g, ''));
}

/** Targets of the relative links and pictures of a document. */
export function listLinks(text: string): string[] {
  return Array.from(withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target).filter(
    (target) => !/^[a-z]+:/.test(target),
  );
}

/** What its headings are called in links, as GitHub makes it. */
export function listAnchors(text: string): string[] {
  const seen = new Map<string, number>();
  return Array.from(withoutCode(text).matchAll(/^#{1,6} (.+)$/gm), ([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

/** A line of a shell in a document. */
export interface DocumentedCommand {
  /** `docs/stack.md`. */
  readonly document: string;
  /** The command, continued lines joined, without its comment. */
  readonly command: string;
}

const SHELLS = new Set(['sh', 'bash', 'console', 'shell']);
/** What a command begins with: a prompt, variables that are set for it, a program. */
const PROGRAM =
  /^(?:\$ )?((?:[A-Z_]+=\S+ )*(?:cd|cp|curl|docker|git|helm|kubectl|node|npm|npx|otelcol|sh|kafka-topics\.sh|pm2)\s.*)$/;

/** The commands in the blocks of code of a document: those of a shell, and indented ones that begin as a command does. */
export function listCommands(document: string, text: string): DocumentedCommand[] {
  const blocks = [
    ...Array.from(text.matchAll(/^( *)```(\w*)\n([^]*?)^\1```$/gm), ([, , language = '', block = '']) => ({
      isShell: SHELLS.has(language),
      block,
    })),
    ...Array.from(
      text.replace(/^( *)```[^]*?^\1```$/gm, '').matchAll(/(?:^ {4}(?! *(?:[-*]|\d+\.) ).*\n?)+/gm),
      ([block]) => ({
        isShell: true,
        block,
      }),
    ),
  ];
  return blocks
    .filter(({ isShell }) => isShell)
    .flatMap(({ block }) => block.replace(/\\\n\s*/g, '').split('\n'))
    .flatMap((line) => PROGRAM.exec(line.trim())?.[1] ?? [])
    .map((command) => ({ document, command: command.replace(/\s+# .*$/, '').trim() }));
}
