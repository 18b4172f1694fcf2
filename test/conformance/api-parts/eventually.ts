import type { TestCluster } from '@orrery/testing';

/** Virtual seconds that something may take before it counts as stuck. */
const secondsMax = 180;

/** Asks once a second of virtual time until the answer is yes, as upstream's tests poll. For what no informer of the test tells. */
export async function eventually(cluster: TestCluster, condition: () => Promise<boolean>): Promise<void> {
  for (let second = 0; !(await condition()); second += 1) {
    if (second === secondsMax) throw new Error(`not so within ${secondsMax} virtual seconds: ${condition}`);
    await cluster.time.advance('1s');
  }
}
