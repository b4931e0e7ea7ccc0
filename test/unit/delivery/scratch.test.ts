import { expect, test } from 'vitest';
import { Scratch } from '../../../src/delivery/scratch.js';

const TEXTS = ['', 'a', 'é', '🎵', '\u0000\n', '\ud800', 'x'.repeat(70_000), '語'.repeat(300_000), 'z'];
const expected = Buffer.from(TEXTS.join(''));

test('texts one after the other, in UTF-8, however long', () => {
  expect(new Scratch().encode(TEXTS).equals(expected)).toBe(true);
  expect(new Scratch().encode([]).length).toBe(0);
});

test('memory that was given back is used again', () => {
  const scratch = new Scratch();
  const first = scratch.encode(['x'.repeat(100_000)]);
  scratch.giveBack(first);
  const second = scratch.encode(['y']);
  expect(second.buffer).toBe(first.buffer);
  expect(second.toString()).toBe('y');
});

test('memory that was not given back is left alone', () => {
  const scratch = new Scratch();
  const [first, second] = [scratch.encode(['first']), scratch.encode(['second'])];
  expect([first.toString(), second.toString()]).toEqual(['first', 'second']);
  scratch.giveBack(second);
  scratch.encode(['third']);
  expect(first.toString()).toBe('first');
});

test('memory for one long record is not kept', () => {
  const scratch = new Scratch();
  const long = scratch.encode(['x'.repeat(3_000_000)]);
  scratch.giveBack(long);
  expect(scratch.encode(['y']).buffer.byteLength).toBeLessThan(1_000_000);
});
