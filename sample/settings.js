/** Where the web process listens, and which servers there are to share things on. Throws an Error that says which variable is wrong. */
export function readSettings(env = process.env) {
  return {
    host: env.HOST || '127.0.0.1',
    port: readPort(env.PORT || '8080'),
    databaseUrl: env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
  };
}

function readPort(text) {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new Error(`PORT is "${text}"; it has to be a whole number from 0 to 65535, 0 takes a free one`);
  }
  return port;
}
