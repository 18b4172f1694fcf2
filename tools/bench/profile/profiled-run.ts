import type { OrreryCluster } from '../cluster/orrery-cluster.ts';
import type { Bench } from '../report/figure.ts';
import { hotSpotLines, hotSpotsOf } from './hot-spots.ts';

/** Does `work`, and where profiles are asked for says what the cluster's launcher did with the processor meanwhile. */
export async function profiledRun<T>(
  what: string,
  cluster: OrreryCluster,
  { profile: wanted, progress }: Bench,
  work: () => Promise<T>,
): Promise<T> {
  if (!wanted) return work();
  using inspector = await cluster.inspect();
  const { result, profile } = await inspector.profiled(work);
  progress(`${what}: ${hotSpotLines(hotSpotsOf(profile)).join('\n  ')}`);
  return result;
}
