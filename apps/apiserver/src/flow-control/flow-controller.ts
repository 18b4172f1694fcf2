import { tooManyRequests } from '@orrery/api';
import type { Host, Timer } from '@orrery/runtime';
import type { UserInfo } from '../authentication/user-info.ts';
import type { RequestInfo } from '../request-info/request-info.ts';
import { allocateSeats, concurrencyLimits } from './concurrency-limits.ts';
import { FlowClassifier } from './flow-classifier.ts';
import type { FlowConfiguration, FlowConfigurationState } from './flow-configuration.ts';
import type { FlowControlMetrics, RejectionReason } from './flow-control-metrics.ts';
import { PendingRequest } from './pending-request.ts';
import { PriorityLevel } from './priority-level.ts';

/** Requests handled at once: upstream's 400 that read and 200 that write. */
const serverSeats = 600;
/** How long a request may wait for a seat: a quarter of the time that it has. */
const waitMaxMs = 15_000;
/** How often seats go from levels that do not need them to levels that do. */
const borrowingPeriodMs = 10_000;
const retryAfterSeconds = 1;

/** What flow control says about a request. */
export interface FlowAssignment {
  /** The answer's headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Does `work` as soon as there are seats for it. Throws `TooManyRequests` where there will be none in time. */
  run<T>(seats: number, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** Upstream's API priority and fairness: each request belongs to a flow, each flow to a priority level with seats of its own. */
export class FlowController {
  private readonly levelOf = new Map<string, PriorityLevel>();
  private classifier = new FlowClassifier([]);
  private applied: FlowConfigurationState | undefined;
  private timer: Timer | undefined;

  constructor(
    private readonly configuration: FlowConfiguration,
    private readonly metrics: FlowControlMetrics,
    private readonly host: Pick<Host, 'clock' | 'timers'>,
  ) {}

  start(): void {
    this.configuration.start();
    this.timer ??= this.host.timers.every(borrowingPeriodMs, () => this.lend());
  }

  stop(): void {
    this.configuration.stop();
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** By name. */
  get levels(): PriorityLevel[] {
    this.adopt();
    return [...this.levelOf.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** `undefined` for a request that no schema matches, which only a user without any group can make. */
  assign(user: UserInfo, target: RequestInfo): FlowAssignment | undefined {
    this.adopt();
    const flow = this.classifier.classify(user, target);
    const level = this.levelOf.get(flow?.schema.spec.priorityLevelConfiguration.name ?? '');
    if (flow === undefined || level === undefined) return undefined;
    return {
      headers: {
        'X-Kubernetes-PF-FlowSchema-UID': flow.schema.metadata.uid ?? '',
        'X-Kubernetes-PF-PriorityLevel-UID': level.uid,
      },
      run: (seats, signal, work) =>
        this.run(level, new PendingRequest(flow, seats, user, target, this.host.clock.now()), signal, work),
    };
  }

  private async run<T>(
    level: PriorityLevel,
    request: PendingRequest,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    const arrivedAt = this.nowSeconds();
    const arrival = level.queues.arrive(request, arrivedAt);
    level.noteDemand();
    const refusal = arrival === 'queued' ? await this.wait(level, request, signal) : refusalOf(arrival);
    const startedAt = this.nowSeconds();
    if (refusal !== undefined) throw this.refused(level, request, refusal, startedAt - arrivedAt);
    request.startedAt = startedAt;
    level.dispatched += 1;
    this.metrics.started(level.name, request.schemaName, request.seats, startedAt - arrivedAt);
    try {
      return await work();
    } finally {
      this.finish(level, request, startedAt);
    }
  }

  private finish(level: PriorityLevel, request: PendingRequest, startedAt: number): void {
    const now = this.nowSeconds();
    const type = request.target.verb === 'watch' ? 'watch' : 'regular';
    this.metrics.finished(level.name, request.schemaName, request.seats, type, now - startedAt);
    for (const next of level.queues.finish(request, now - startedAt, now)) next.start();
  }

  private wait(
    level: PriorityLevel,
    request: PendingRequest,
    signal: AbortSignal,
  ): Promise<RejectionReason | undefined> {
    this.metrics.queued(level.name, request.schemaName, 1);
    return new Promise((resolve) => {
      const settle = (reason: RejectionReason | undefined): void => {
        if (reason !== undefined && !level.queues.leave(request)) return;
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        this.metrics.queued(level.name, request.schemaName, -1);
        resolve(reason);
      };
      const onAbort = (): void => settle('cancelled');
      const timer = this.host.timers.after(waitMaxMs, () => settle('time-out'));
      signal.addEventListener('abort', onAbort);
      request.onStart(() => settle(undefined));
      if (signal.aborted) onAbort();
    });
  }

  private refused(level: PriorityLevel, request: PendingRequest, reason: RejectionReason, waited: number): Error {
    if (reason === 'time-out') level.timedOut += 1;
    else if (reason === 'cancelled') level.cancelled += 1;
    else level.rejected += 1;
    this.metrics.refused(level.name, request.schemaName, reason, waited);
    return tooManyRequests('too many requests, please try again later', retryAfterSeconds);
  }

  /** Takes over what the objects say, where they have changed. */
  private adopt(): void {
    const { state } = this.configuration;
    if (state === this.applied) return;
    this.applied = state;
    this.classifier = new FlowClassifier(state.schemas);
    const limits = concurrencyLimits(state.levels, serverSeats);
    const gone = new Set(this.levelOf.keys());
    for (const object of state.levels) {
      const { name } = object.metadata;
      const limit = limits.get(name) ?? { nominal: 0, min: 0, max: 0 };
      const level = this.levelOf.get(name);
      gone.delete(name);
      if (level === undefined) this.levelOf.set(name, new PriorityLevel(object, limit));
      else level.configure(object, limit, this.nowSeconds());
    }
    // What waits in a level that is gone still runs: its own requests let each other go on.
    for (const name of gone) this.levelOf.delete(name);
  }

  private lend(): void {
    const levels = this.levels.filter(({ isExempt }) => !isExempt);
    const claims = levels.map((level) => ({ ...level.concurrency, demand: level.takeDemand() }));
    const now = this.nowSeconds();
    for (const [index, seats] of allocateSeats(claims, serverSeats).entries()) levels[index]?.resize(seats, now);
  }

  private nowSeconds(): number {
    return this.host.clock.monotonic() / 1_000;
  }
}

function refusalOf(arrival: 'dispatched' | 'queue-full' | 'concurrency-limit'): RejectionReason | undefined {
  return arrival === 'dispatched' ? undefined : arrival;
}
