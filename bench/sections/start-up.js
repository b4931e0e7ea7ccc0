/** Wall time from the spawn of the process to the first statement of its main file, and to its first answer. */
import { BENCH_DIR, startChild } from '../children.js';

/** One launch: ms to the first statement, of them CPU, and to the first answered request. */
export async function launch(variant, { load, place }) {
  const child = startChild({
    file: `${BENCH_DIR}apps/start-up.js`,
    args: [variant.file],
    nodeArgs: variant.nodeArgs,
    env: variant.env(place),
    node: place.node,
  });
  try {
    const [{ firstStatementNs, cpuMicros }, { port }] = await Promise.all([
      child.next('started'),
      child.next('listening'),
    ]);
    await load.send(port, 1);
    const answeredNs = process.hrtime.bigint();
    return {
      firstStatementMs: Number(BigInt(firstStatementNs) - child.startedNs) / 1e6,
      cpuMs: cpuMicros / 1_000,
      firstAnswerMs: Number(answeredNs - child.startedNs) / 1e6,
    };
  } finally {
    await child.kill();
  }
}
