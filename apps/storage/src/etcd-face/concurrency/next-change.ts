import { keyRange, type Watching } from '@orrery/kv';
import type { MemberWatches } from '../watch/member-watches.ts';
import { endOf } from './waiting-line.ts';

/** Resolves when a key with the prefix was changed after `revision`, also when that is no longer known, or when the signal aborts. */
export function nextChange(
  watches: MemberWatches,
  prefix: Uint8Array,
  revision: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let watching: Watching | undefined;
    const done = (): void => {
      watching?.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (signal.aborted) return done();
    signal.addEventListener('abort', done, { once: true });
    const changes = (): boolean => {
      done();
      return true;
    };
    watching = watches.hub.watch(
      { range: keyRange(prefix, endOf(prefix)), startRevision: revision + 1 },
      { changes, progress: () => undefined, compacted: done },
    );
    watches.wake();
  });
}
