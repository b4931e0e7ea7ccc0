import { expect, test } from 'vitest';
import { createRecordId } from '../../../src/logs/record-id.js';

test('ids are UUIDs, and no two are the same', () => {
  const ids = Array.from({ length: 20_000 }, createRecordId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toEqual(
    [],
  );
});
