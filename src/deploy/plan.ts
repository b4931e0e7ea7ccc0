import type { PlaceContent } from './place.js';
import { mergeTexts } from './merge.js';
import { hashText, type StackFile } from './stack.js';

/** What the copy knows of a file since the last time. */
export interface Known {
  /** Of the text of ours that the site's file began with; absent where the file was there before us. */
  readonly hash?: string;
  /** Of the text that was put beside it, for the site to look at. While it lies there, the file is not settled. */
  readonly beside?: string;
}

/** What is done about one file. */
export interface Step {
  readonly path: string;
  readonly outcome: 'written' | 'updated' | 'merged' | 'same' | 'kept' | 'removed';
  /** The rest of the sentence, for a person. */
  readonly note?: string;
  /** The site has to look at it. */
  readonly needsLook?: true;
  /** What is written at the path. */
  readonly write?: StackFile;
  /** What is written beside it, at `besideName(path)`. */
  readonly writeBeside?: StackFile;
  /** What lies beside it is ours and is settled. */
  readonly removeBeside?: true;
  /** What is known of it from now on; absent: nothing. */
  readonly known?: Known;
}

/** All that a decision needs. */
export interface Situation {
  readonly path: string;
  /** What the package has; absent where it has the file no more. */
  readonly theirs: StackFile | undefined;
  readonly known: Known | undefined;
  readonly mine: PlaceContent;
  readonly beside: PlaceContent;
  /** An earlier text of ours by its hash, where the copy still has it. */
  readonly findText: (hash: string) => string | undefined;
}

/** Where the new text is put that could not be merged. */
export function besideName(name: string): string {
  return `${name}.new`;
}

/** Decides about one file. What the site has changed is never overwritten. */
export function decide(situation: Situation): Step {
  const { theirs, known, beside } = situation;
  const step = theirs === undefined ? decideGone(situation) : decideFile(situation, theirs);
  const isOurs = beside.kind === 'file' && known?.beside === beside.hash;
  return isOurs && step.writeBeside === undefined && step.known?.beside === undefined
    ? { ...step, removeBeside: true }
    : step;
}

/** The package has the file. */
function decideFile(situation: Situation, theirs: StackFile): Step {
  const { path, mine } = situation;
  const hash = hashText(theirs.text);
  const base = findBase(situation);
  const settled = { path, known: { hash } };
  if (mine.kind === 'blocked' || mine.kind === 'other') {
    if (base === hash) return { ...settled, outcome: 'kept', note: mine.what };
    return mine.kind === 'other' ? putBeside(situation, theirs, mine.what) : cannotWrite(situation, mine.what);
  }
  if (mine.kind === 'nothing') {
    if (base === undefined) return { ...settled, outcome: 'written', write: theirs };
    return { ...settled, outcome: 'kept', note: 'removed by you' };
  }
  if (mine.hash === hash) return { ...settled, outcome: 'same' };
  if (mine.hash === base) return { ...settled, outcome: 'updated', write: theirs };
  if (base === hash) return { ...settled, outcome: 'kept', note: 'changed by you' };
  return decideBoth(situation, theirs, mine.text);
}

/** Both have changed it, or the site had a file there before us. */
function decideBoth(situation: Situation, theirs: StackFile, mine: string | undefined): Step {
  const { path, findText } = situation;
  const baseHash = findBase(situation);
  const base = baseHash === undefined ? undefined : findText(baseHash);
  const merged =
    base === undefined || mine === undefined ? undefined : mergeTexts({ path, mine, base, theirs: theirs.text });
  if (merged === undefined) {
    return putBeside(situation, theirs, baseHash === undefined ? 'it was there before' : 'changed by you');
  }
  const known = { hash: hashText(theirs.text) };
  if (merged === mine) return { path, outcome: 'kept', note: 'changed by you, and has what is new', known };
  const note = 'changed by you; what is new has been put into it, at other lines than yours';
  return { path, outcome: 'merged', note, write: { ...theirs, text: merged }, known };
}

function putBeside(situation: Situation, theirs: StackFile, note: string): Step {
  const { path, beside, known } = situation;
  const name = besideName(path);
  const hash = hashText(theirs.text);
  const base = findBase(situation);
  const kept = { path, outcome: 'kept', needsLook: true } as const;
  const isFree = beside.kind === 'nothing' || (beside.kind === 'file' && [hash, known?.beside].includes(beside.hash));
  if (!isFree) {
    const rest = { ...kept, note: `${note}; the new one has no place, as ${name} is there and is yours` };
    return base === undefined ? rest : { ...rest, known: { hash: base } };
  }
  return {
    ...kept,
    note: `${note}; the new one is beside it as ${name}`,
    ...(beside.kind === 'file' && beside.hash === hash ? {} : { writeBeside: { ...theirs, path: name } }),
    known: { ...(base === undefined ? {} : { hash: base }), beside: hash },
  };
}

function cannotWrite({ path, known }: Situation, what: string): Step {
  const step = { path, outcome: 'kept', note: `${what}: the new one has no place`, needsLook: true } as const;
  return known === undefined ? step : { ...step, known };
}

/** The package has the file no more. */
function decideGone(situation: Situation): Step {
  const { path, mine, known } = situation;
  if (mine.kind === 'nothing') return { path, outcome: 'same' };
  const isOurs = mine.kind === 'file' && known?.hash === mine.hash;
  if (isOurs) return { path, outcome: 'removed', note: 'no longer a part of the stack' };
  return { path, outcome: 'kept', note: 'yours; no longer a part of the stack', needsLook: true };
}

/** What both began with: what was put beside, once the site has taken that away. */
function findBase({ known, beside }: Situation): string | undefined {
  return known?.beside !== undefined && beside.kind === 'nothing' ? known.beside : known?.hash;
}
