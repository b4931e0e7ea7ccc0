/** What all ratios are to. */
export const variant = {
  id: 'winston',
  application: { title: 'Express + winston', app: 'express-winston' },
  startUp: { title: 'plain node' },
  logger: {
    title: 'winston, JSON to a file',
    lines: 'winston-file',
    env: ({ scratch, run }) => ({ BENCH_LOG_FILE: `${scratch}/${run}.log` }),
    logFile: ({ scratch, run }) => `${scratch}/${run}.log`,
  },
  packages: ['express', 'winston'],
};
