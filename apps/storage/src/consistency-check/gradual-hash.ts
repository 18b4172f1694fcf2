import type { KvStore, StoreHash } from '@orrery/kv';
import type { Timers } from '@orrery/runtime';

/** `KvStore.hash` with pauses, in which other work goes on. 0 stands for the newest revision. Throws `CompactedError` and `FutureRevisionError`. */
export async function gradualHash(store: KvStore, revision: number, timers: Timers): Promise<StoreHash> {
  const slices = store.hashInSlices(revision);
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
    await new Promise<void>((resolve) => timers.soon(resolve));
  }
}
