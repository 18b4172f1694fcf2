import type { Timers } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { DefaultObjectsKeeper } from '../flow-control/default-objects-keeper.ts';
import type { KeyValueStore } from '../storage/key-value-store.ts';
import type { NamedCheck } from './health-endpoints.ts';

/** How long storage may take to answer before it counts as gone: upstream's. */
const storageTimeoutMs = 2_000;

export interface CheckedParts {
  readonly store: KeyValueStore;
  readonly cache: ObjectCache;
  readonly keeper: DefaultObjectsKeeper;
  readonly timers: Timers;
  /** Is what every cluster begins with there? */
  readonly bootstrapped: () => boolean;
  readonly stopping: () => boolean;
}

/** What the server's health consists of, under upstream's names. */
export function serverChecks({ store, cache, keeper, timers, bootstrapped, stopping }: CheckedParts): NamedCheck[] {
  const storage = () => storageProblem(store, timers);
  const until = (done: boolean): string | undefined => (done ? undefined : 'not finished');
  return [
    { name: 'log', readinessOnly: false, problem: () => undefined },
    { name: 'etcd', readinessOnly: false, problem: storage },
    { name: 'etcd-readiness', readinessOnly: true, problem: storage },
    {
      name: 'informer-sync',
      readinessOnly: true,
      problem: () => (cache.filled ? undefined : 'the cache is not filled'),
    },
    {
      name: 'poststarthook/start-system-namespaces-controller',
      readinessOnly: false,
      problem: () => until(bootstrapped()),
    },
    {
      name: 'poststarthook/scheduling/bootstrap-system-priority-classes',
      readinessOnly: false,
      problem: () => until(bootstrapped()),
    },
    { name: 'poststarthook/bootstrap-controller', readinessOnly: false, problem: () => until(bootstrapped()) },
    {
      name: 'poststarthook/priority-and-fairness-config-producer',
      readinessOnly: false,
      problem: () => until(keeper.ready),
    },
    {
      name: 'shutdown',
      readinessOnly: true,
      problem: () => (stopping() ? 'process is shutting down' : undefined),
    },
  ];
}

/** Asks storage for something that only a leader can answer. */
function storageProblem(store: KeyValueStore, timers: Timers): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = timers.after(storageTimeoutMs, () =>
      resolve('error getting data from etcd: context deadline exceeded'),
    );
    const done = (problem: string | undefined): void => {
      timer.cancel();
      resolve(problem);
    };
    store.currentRevision().then(
      () => done(undefined),
      (error: unknown) =>
        done(`error getting data from etcd: ${error instanceof Error ? error.message : String(error)}`),
    );
  });
}
