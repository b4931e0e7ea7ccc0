const agents = new WeakSet<object>();

/** Marks an agent of `node:http` as ours. Nothing of the mark is on the agent. */
export function markInternalAgent(agent: object): void {
  agents.add(agent);
}

/** Whether the requests of an agent are our own traffic. Asks the agent nothing: it may be anything. */
export function isInternalAgent(agent: unknown): boolean {
  return typeof agent === 'object' && agent !== null && agents.has(agent);
}
