/** Moves this process's wall clock by FAULTS_CLOCK_SHIFT_MS, for a run across midnight. Timers are not touched. */
const shiftMs = Number(process.env['FAULTS_CLOCK_SHIFT_MS'] ?? 0);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shiftMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
