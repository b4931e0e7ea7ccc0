export const variant = {
  id: 'pino',
  logger: { title: 'pino, JSON to stdout', lines: 'pino' },
};
