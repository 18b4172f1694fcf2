import { type KvStore, WatchHub, type Watching, type WatchRequest, type WatchSink } from '@orrery/kv';
import type { Timers } from '@orrery/runtime';

/** The watches of this member: all read its store through one hub, which is woken when the store has changed. */
export class MemberWatches {
  readonly hub: WatchHub;
  #again = false;

  constructor(
    readonly store: KvStore,
    private readonly timers: Timers,
  ) {
    this.hub = new WatchHub(store);
  }

  /** Nothing reaches the sink before this call has returned; history comes soon after it. Throws `TooManyWatchersError`. */
  watch(request: WatchRequest, sink: WatchSink): Watching {
    const watching = this.hub.watch(request, sink);
    this.wakeSoon();
    return {
      ...watching,
      resume: () => {
        watching.resume();
        this.wakeSoon();
      },
    };
  }

  /** Tells watchers what there is. Those far behind get it in parts, with others at work in between. */
  wake(): void {
    if (this.hub.wake()) this.wakeSoon();
  }

  wakeSoon(): void {
    if (this.#again) return;
    this.#again = true;
    this.timers.soon(() => {
      this.#again = false;
      this.wake();
    });
  }
}
