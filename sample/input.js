import { HttpError } from './http-error.js';

/** A text of a query or body, without the blanks around it. Throws a 400. */
export function readText(values, name, maxLength) {
  const value = values?.[name];
  const text = typeof value === 'string' ? value.trim() : '';
  if (text === '' || text.length > maxLength) {
    throw new HttpError(400, `${name} must be a text of 1 to ${maxLength} characters`);
  }
  return text;
}

/** One of the words that are allowed. Throws a 400. */
export function readWord(values, name, allowed) {
  const value = values?.[name];
  if (!allowed.includes(value)) throw new HttpError(400, `${name} must be one of ${allowed.join(', ')}`);
  return value;
}

/** A whole number of a query or path. Throws a 400. */
export function readWhole(values, name, { min, max, fallback }) {
  const value = values[name] ?? fallback;
  const number = Number(value);
  if (!/^\d{1,9}$/.test(value) || number < min || number > max) {
    throw new HttpError(400, `${name} must be a whole number from ${min} to ${max}`);
  }
  return number;
}

/** The part of a list that `?page=1&size=20` asks for. Throws a 400. */
export function readPage(query) {
  const page = readWhole(query, 'page', { min: 1, max: 100_000, fallback: '1' });
  const limit = readWhole(query, 'size', { min: 1, max: 100, fallback: '20' });
  return { page, limit, offset: (page - 1) * limit };
}
