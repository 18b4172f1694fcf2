import type { UserInfo } from '../authentication/user-info.ts';
import type { RequestInfo } from '../request-info/request-info.ts';
import type { Flow } from './flow-classifier.ts';
import type { QueuedRequest } from './queue-set.ts';
import { flowHash } from './shuffle-sharding.ts';

/** A request that waits for its seats or has them. */
export class PendingRequest implements QueuedRequest {
  /** Seconds on the monotonic clock; `undefined` while it waits. */
  startedAt: number | undefined;
  private resolve: (() => void) | undefined;

  constructor(
    readonly flow: Flow,
    readonly seats: number,
    readonly user: UserInfo,
    readonly target: RequestInfo,
    /** Milliseconds of the wall clock. */
    readonly arrivedAt: number,
  ) {}

  get flowHash(): number {
    return flowHash(this.flow.schema.metadata.name, this.flow.distinguisher);
  }

  get schemaName(): string {
    return this.flow.schema.metadata.name;
  }

  /** It may run: whoever waits for it goes on. */
  start(): void {
    this.resolve?.();
  }

  /** Calls `started` at `start`. */
  onStart(started: () => void): void {
    this.resolve = started;
  }
}
