import { describe, expect, test } from 'vitest';
import type { PlaceContent } from '../../../../src/deploy/place.js';
import { decide, type Known, type Situation, type Step } from '../../../../src/deploy/plan.js';
import { hashText } from '../../../../src/deploy/stack.js';

const PATH = 'deploy/rules.yml';
const OLD = 'one\ntwo\nthree\nfour\nfive\n';
const NEW = 'one\ntwo\nthree\nfour\nFIVE\n';
const NOTHING: PlaceContent = { kind: 'nothing' };

const file = (text: string): PlaceContent => ({ kind: 'file', hash: hashText(text), text });
const known = (hash: string, beside?: string): Known => ({
  hash: hashText(hash),
  ...(beside === undefined ? {} : { beside: hashText(beside) }),
});

/** Texts by their hash, as a copy has them. */
function decideWith(situation: Partial<Omit<Situation, 'theirs'>> & { theirs?: string }, texts = [OLD, NEW]): Step {
  const { theirs, ...rest } = situation;
  return decide({
    path: PATH,
    known: undefined,
    mine: NOTHING,
    beside: NOTHING,
    findText: (hash) => texts.find((text) => hashText(text) === hash),
    ...rest,
    theirs: theirs === undefined ? undefined : { path: PATH, text: theirs },
  });
}

describe('the package has the file', () => {
  test('nowhere yet: written', () => {
    const step = decideWith({ theirs: NEW });
    expect(step).toMatchObject({ outcome: 'written', write: { path: PATH, text: NEW }, known: known(NEW) });
  });

  test.each([
    ['as before', known(NEW)],
    ['after a run that was ended before its manifest', known(OLD)],
    ['after a first run that was ended', undefined],
  ])('there already, %s: same', (_name, was) => {
    expect(decideWith({ theirs: NEW, mine: file(NEW), known: was })).toEqual({
      path: PATH,
      outcome: 'same',
      known: known(NEW),
    });
  });

  test('there as it was given: updated', () => {
    expect(decideWith({ theirs: NEW, mine: file(OLD), known: known(OLD) })).toMatchObject({
      outcome: 'updated',
      write: { text: NEW },
    });
  });

  test('changed by the site alone: kept, and nothing to look at', () => {
    expect(decideWith({ theirs: OLD, mine: file('mine\n'), known: known(OLD) })).toEqual({
      path: PATH,
      outcome: 'kept',
      note: 'changed by you',
      known: known(OLD),
    });
  });

  test('changed by both at different lines: merged', () => {
    const step = decideWith({ theirs: NEW, mine: file(OLD.replace('one', 'ONE')), known: known(OLD) });
    expect(step).toMatchObject({
      outcome: 'merged',
      write: { text: 'ONE\ntwo\nthree\nfour\nFIVE\n' },
      known: known(NEW),
    });
    expect(step.needsLook).toBeUndefined();
  });

  test('a merge that was done before the run was ended is not done again', () => {
    const merged = 'ONE\ntwo\nthree\nfour\nFIVE\n';
    const step = decideWith({ theirs: NEW, mine: file(merged), known: known(OLD) });
    expect(step).toMatchObject({ outcome: 'kept', known: known(NEW) });
    expect(step.write).toBeUndefined();
  });

  test.each([
    ['the same lines changed', OLD.replace('five', 'fünf'), [OLD]],
    ['the text of before not there any more', OLD.replace('one', 'ONE'), []],
  ])('%s: kept, with the new one beside it', (_name, mine, texts) => {
    const step = decideWith({ theirs: NEW, mine: file(mine), known: known(OLD) }, texts);
    expect(step).toEqual({
      path: PATH,
      outcome: 'kept',
      note: `changed by you; the new one is beside it as ${PATH}.new`,
      needsLook: true,
      writeBeside: { path: `${PATH}.new`, text: NEW },
      known: known(OLD, NEW),
    });
  });

  test('no UTF-8: never merged', () => {
    const mine: PlaceContent = { kind: 'file', hash: 'of something else' };
    expect(decideWith({ theirs: NEW, mine, known: known(OLD) })).toMatchObject({ needsLook: true, outcome: 'kept' });
  });

  test('JSON that a merge would break is not merged', () => {
    const [base, mine, theirs] = [
      '{\n"a": 1\n\n\n\n}\n',
      '{\n"a": 1,\n"c": 3\n\n\n\n}\n',
      '{\n"a": 1\n\n\n,"b": 2\n}\n',
    ];
    const both = { path: 'x.json', text: theirs };
    const step = (path: string): Step =>
      decide({
        path,
        theirs: { ...both, path },
        known: known(base),
        mine: file(mine.replace('3', '3,')),
        beside: NOTHING,
        findText: () => base,
      });
    expect(step('x.yml').outcome).toBe('merged');
    expect(step('x.json')).toMatchObject({ outcome: 'kept', needsLook: true });
  });

  test('there before us: kept, with ours beside it', () => {
    expect(decideWith({ theirs: NEW, mine: file('mine\n') })).toMatchObject({
      outcome: 'kept',
      note: `it was there before; the new one is beside it as ${PATH}.new`,
      known: { beside: hashText(NEW) },
    });
  });

  test('removed by the site: stays so, also where it is new upstream', () => {
    expect(decideWith({ theirs: NEW, known: known(OLD) })).toEqual({
      path: PATH,
      outcome: 'kept',
      note: 'removed by you',
      known: known(NEW),
    });
  });

  test('a link in its place: not followed; the new one is beside it where it differs from what was known', () => {
    const mine: PlaceContent = { kind: 'other', what: 'it is a link' };
    expect(decideWith({ theirs: NEW, mine, known: known(OLD) })).toMatchObject({
      outcome: 'kept',
      needsLook: true,
      writeBeside: { text: NEW },
    });
    const settled = decideWith({ theirs: NEW, mine, known: known(NEW) });
    expect(settled).toEqual({ path: PATH, outcome: 'kept', note: 'it is a link', known: known(NEW) });
  });

  test('below a link: nothing is written, and it is told again until that has changed', () => {
    const mine: PlaceContent = { kind: 'blocked', what: 'deploy is a link' };
    const step = decideWith({ theirs: NEW, mine, beside: mine, known: known(OLD) });
    expect(step).toEqual({
      path: PATH,
      outcome: 'kept',
      note: 'deploy is a link: the new one has no place',
      needsLook: true,
      known: known(OLD),
    });
  });
});

describe('with the new text beside it', () => {
  const mine = file(OLD.replace('five', 'fünf'));
  const was = known(OLD, NEW);

  test('it is told again, and not written again', () => {
    const step = decideWith({ theirs: NEW, mine, known: was, beside: file(NEW) });
    expect(step).toMatchObject({ outcome: 'kept', needsLook: true, known: was });
    expect(step.writeBeside).toBeUndefined();
  });

  test('deleted, it is settled: the site has seen it', () => {
    const step = decideWith({ theirs: NEW, mine, known: was });
    expect(step).toEqual({ path: PATH, outcome: 'kept', note: 'changed by you', known: known(NEW) });
  });

  test('a newer one takes its place', () => {
    const newer = NEW.replace('FIVE', 'SIX');
    const step = decideWith({ theirs: newer, mine, known: was, beside: file(NEW) });
    expect(step).toMatchObject({ writeBeside: { text: newer }, known: known(OLD, newer) });
  });

  test('what the site has put there itself is not overwritten', () => {
    const step = decideWith({ theirs: NEW, mine, known: known(OLD), beside: file('notes of mine\n') });
    expect(step).toMatchObject({ outcome: 'kept', needsLook: true, known: known(OLD) });
    expect(step.note).toContain(`${PATH}.new is there and is yours`);
    expect(step.writeBeside ?? step.removeBeside).toBeUndefined();
  });

  test('taken over by hand and not deleted: it is', () => {
    const step = decideWith({ theirs: NEW, mine: file(NEW), known: was, beside: file(NEW) });
    expect(step).toEqual({ path: PATH, outcome: 'same', known: known(NEW), removeBeside: true });
  });
});

describe('the package has the file no more', () => {
  test('as it was given: removed', () => {
    const step = decideWith({ mine: file(OLD), known: known(OLD) });
    expect(step).toMatchObject({ outcome: 'removed' });
    expect(step.known).toBeUndefined();
  });

  test.each([
    ['changed', file('mine\n')],
    ['a link', { kind: 'other', what: 'it is a link' } as const],
  ])('%s: kept', (_name, mine) => {
    const step = decideWith({ mine, known: known(OLD) });
    expect(step).toEqual({
      path: PATH,
      outcome: 'kept',
      note: 'yours; no longer a part of the stack',
      needsLook: true,
    });
  });

  test('removed by the site too: nothing', () => {
    expect(decideWith({ known: known(OLD) })).toEqual({ path: PATH, outcome: 'same' });
  });
});
