import type { PriorityLevelConfiguration } from '@orrery/api';
import type { ConcurrencyLimits } from './concurrency-limits.ts';
import type { LevelReading } from './flow-control-metrics.ts';
import type { PendingRequest } from './pending-request.ts';
import { QueueSet, type QueuingOptions } from './queue-set.ts';

const queuesDefault = 64;
const handSizeDefault = 8;
const queueLengthDefault = 50;
/** How much of a level's remembered demand is left after one period without any. */
const demandDecay = 0.9;

/** One priority level at work: its object, its queues, and what it has lately wanted. */
export class PriorityLevel implements LevelReading {
  readonly queues: QueueSet<PendingRequest>;
  dispatched = 0;
  rejected = 0;
  timedOut = 0;
  cancelled = 0;
  private demandHighest = 0;
  private demandRemembered = 0;
  private limits: ConcurrencyLimits;

  constructor(
    private configuration: PriorityLevelConfiguration,
    limits: ConcurrencyLimits,
  ) {
    this.limits = limits;
    this.queues = new QueueSet(this.isExempt ? Number.POSITIVE_INFINITY : limits.nominal, queuingOf(configuration));
  }

  get name(): string {
    return this.configuration.metadata.name;
  }

  get uid(): string {
    return this.configuration.metadata.uid ?? '';
  }

  get isExempt(): boolean {
    return this.configuration.spec.type === 'Exempt';
  }

  get nominalSeats(): number {
    return this.limits.nominal;
  }

  get currentSeats(): number {
    return this.queues.seatsLimit;
  }

  get seatsInUse(): number {
    return this.queues.seatsInUse;
  }

  get seatDemand(): number {
    return this.queues.seatDemand;
  }

  get concurrency(): ConcurrencyLimits {
    return this.limits;
  }

  /** Takes over what its object or the division of the seats now says. */
  configure(configuration: PriorityLevelConfiguration, limits: ConcurrencyLimits, nowSeconds: number): void {
    this.configuration = configuration;
    this.limits = limits;
    this.resize(Math.min(Math.max(this.queues.seatsLimit, limits.min), limits.max), nowSeconds);
  }

  /** Seats to use until further notice. */
  resize(seats: number, nowSeconds: number): void {
    const seatsMax = this.isExempt ? Number.POSITIVE_INFINITY : seats;
    for (const request of this.queues.configure(seatsMax, queuingOf(this.configuration), nowSeconds)) request.start();
  }

  noteDemand(): void {
    this.demandHighest = Math.max(this.demandHighest, this.queues.seatDemand);
  }

  /** What it has wanted lately; begins a new period. */
  takeDemand(): number {
    this.demandRemembered = Math.max(this.demandHighest, this.demandRemembered * demandDecay);
    this.demandHighest = this.queues.seatDemand;
    return this.demandRemembered;
  }
}

/** `undefined` for a level that refuses what cannot run at once. */
function queuingOf({ spec }: PriorityLevelConfiguration): QueuingOptions | undefined {
  const response = spec.limited?.limitResponse;
  if (spec.type === 'Exempt' || response?.type !== 'Queue') return undefined;
  const { queues = queuesDefault, handSize = handSizeDefault, queueLengthLimit } = response.queuing ?? {};
  return { queues, handSize: Math.min(handSize, queues), queueLengthMax: queueLengthLimit ?? queueLengthDefault };
}
