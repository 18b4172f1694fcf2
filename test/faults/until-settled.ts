import type { VirtualTime } from '@orrery/runtime';

/** Lets virtual time pass until `work` is settled, and answers what it answers. */
export async function untilSettled<T>(time: VirtualTime, work: Promise<T>): Promise<T> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  work.then(mark, mark);
  await time.runUntil(() => settled, { limit: '2m' });
  return work;
}
