/** Milliseconds. */
export interface StartTimes {
  /** Loading `@orrery/testing` and all that it needs. */
  readonly importMs: number;
  /** From `startCluster()` to a Ready node. */
  readonly startMs: number;
}

/** Starts one cluster in real time, as a test does, and closes it. */
export async function measureStart(): Promise<StartTimes> {
  const begun = performance.now();
  const { startCluster } = await import('@orrery/testing');
  const { Node } = await import('@orrery/api');
  const loaded = performance.now();
  const cluster = await startCluster({ time: 'real' });
  await cluster.waitFor(
    Node,
    { namespace: '', name: 'node-1' },
    (node) => node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
  );
  const ready = performance.now();
  await cluster.close();
  return { importMs: loaded - begun, startMs: ready - loaded };
}
