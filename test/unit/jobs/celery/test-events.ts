/** A message of kombu's with this body, and other fields where they are given. */
export function wrap(body: unknown, fields: object = {}): string {
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { hostname: 'celery@deck' },
    properties: { delivery_mode: 1, priority: 0, body_encoding: 'base64' },
    ...fields,
  });
}
