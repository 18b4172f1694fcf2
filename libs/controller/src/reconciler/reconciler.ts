import type { ApiObject, ObjectKey, ResourceType } from '@orrery/api';
import type { ApiClient, Informers } from '@orrery/client';
import type { Logger } from '@orrery/runtime';
import type { Outcome } from './outcome.ts';

/** What a reconciler gets for one run. */
export interface ReconcileContext {
  /** Aborts when the service stops or leadership is lost. After each `await`, write no more once it has. */
  readonly signal: AbortSignal;
  /**
   * The API, remembering what is written through it: the same key is not reconciled again before the caches of the types that the reconciler
   * declares (`for`, `owns`, `watches`) have seen those writes. Write through this one.
   */
  readonly api: ApiClient;
  readonly logger: Logger;
}

/**
 * Brings the world one safe step closer to what one object asks for. It gets a key, never an event: the object may be gone, or have changed
 * many times. It may be killed after any write and is then run again; a run on an unchanged world writes nothing.
 */
export interface ReconcilerInstance {
  /** Throwing repeats the run after a delay that grows with each failure of the key, 5 ms to 1,000 s. */
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<Outcome>;
  /**
   * Called once, after the caches are filled and before the first run: for sources of work that are no informer. Ends all it started when
   * `signal` aborts.
   */
  start?(enqueue: (key: ObjectKey) => void, signal: AbortSignal): void | Promise<void>;
}

/** Changes of another resource that concern objects of ours. */
export interface Watch {
  readonly type: ResourceType<ApiObject>;
  /** Keys to look at because of `object`; called with the state before and after each change. Reads caches only. */
  readonly keys: (object: ApiObject, informers: Informers) => readonly ObjectKey[];
}

export interface ReconcilerOptions<T extends ApiObject> {
  /** The resource whose objects are reconciled. Left out by a reconciler whose keys all come from `start`. */
  readonly for?: ResourceType<T>;
  /** Resources whose objects are controlled by ours; their changes lead to the owner. */
  readonly owns?: readonly ResourceType<ApiObject>[];
  readonly watches?: readonly Watch[];
  /** For logs and `--controllers`. Default: the class name in kebab case without `Reconciler`. */
  readonly name?: string;
  /** Keys worked on at once. Default 16. */
  readonly concurrency?: number;
}

/** The options of a reconciler class with their defaults filled in. */
export interface ReconcilerSettings extends ReconcilerOptions<ApiObject> {
  readonly name: string;
  readonly owns: readonly ResourceType<ApiObject>[];
  readonly watches: readonly Watch[];
  readonly concurrency: number;
}

type ReconcilerClass = new (...args: never[]) => ReconcilerInstance;

const settingsByClass = new WeakMap<object, ReconcilerSettings>();

/** Makes a class a reconciler that `ControllerRuntime.register` accepts. */
export function Reconciler<T extends ApiObject>(options: ReconcilerOptions<T>): (target: ReconcilerClass) => void {
  return (target) => {
    settingsByClass.set(target, {
      for: options.for as ResourceType<ApiObject>,
      owns: options.owns ?? [],
      watches: options.watches ?? [],
      name: options.name ?? kebabCase(target.name.replace(/Reconciler$/, '')),
      concurrency: options.concurrency ?? 16,
    });
  };
}

/** A class without `@Reconciler` was registered. */
export class NotAReconcilerError extends Error {
  override readonly name = 'NotAReconcilerError';
  constructor(readonly className: string) {
    super(`${className} has no @Reconciler() decorator`);
  }
}

/** What the decorator of an instance's class says. */
export function settingsOf(reconciler: ReconcilerInstance): ReconcilerSettings {
  const settings = settingsByClass.get(reconciler.constructor);
  if (settings === undefined) throw new NotAReconcilerError(reconciler.constructor.name);
  return settings;
}

/** A typed entry of `watches`. */
export function watch<T extends ApiObject>(
  type: ResourceType<T>,
  keys: (object: T, informers: Informers) => readonly ObjectKey[],
): Watch {
  return { type: type as ResourceType<ApiObject>, keys: keys as Watch['keys'] };
}

function kebabCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}
