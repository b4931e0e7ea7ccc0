export const variant = {
  id: 'winston-console',
  logger: { title: 'winston, JSON to stdout', lines: 'winston' },
};
