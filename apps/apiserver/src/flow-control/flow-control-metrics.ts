import { type Histogram, type MetricsRegistry, onFirstUse, type Value } from '@orrery/service';

const buckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const levelAndSchema = ['priority_level', 'flow_schema'];

/** What a priority level shows of itself when metrics are read. */
export interface LevelReading {
  readonly name: string;
  readonly nominalSeats: number;
  readonly currentSeats: number;
  readonly seatsInUse: number;
  readonly seatDemand: number;
}

export type RejectionReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** What each request of one schema in one level touches. */
interface FlowSeries {
  readonly dispatched: Value;
  readonly executing: Value;
  readonly seats: Value;
  readonly waitSeconds: Histogram;
  readonly executionSeconds: Readonly<Record<'regular' | 'watch', () => Histogram>>;
}

/** Flow control under upstream's names. */
export class FlowControlMetrics {
  private readonly dispatched;
  private readonly rejected;
  private readonly waiting;
  private readonly executing;
  private readonly seats;
  private readonly waitSeconds;
  private readonly executionSeconds;
  /** By level, then by schema: as many as there are objects. */
  private readonly series = new Map<string, Map<string, FlowSeries>>();

  constructor(registry: MetricsRegistry) {
    const name = (rest: string): string => `apiserver_flowcontrol_${rest}`;
    this.dispatched = registry.counter({
      name: name('dispatched_requests_total'),
      help: 'Number of requests executed by the API Priority and Fairness subsystem',
      labels: levelAndSchema,
    });
    this.rejected = registry.counter({
      name: name('rejected_requests_total'),
      help: 'Number of requests rejected by the API Priority and Fairness subsystem',
      labels: [...levelAndSchema, 'reason'],
    });
    this.waiting = registry.gauge({
      name: name('current_inqueue_requests'),
      help: 'Number of requests that wait in queues',
      labels: levelAndSchema,
    });
    this.executing = registry.gauge({
      name: name('current_executing_requests'),
      help: 'Number of requests that are being executed',
      labels: levelAndSchema,
    });
    this.seats = registry.gauge({
      name: name('current_executing_seats'),
      help: 'Seats that the requests being executed occupy',
      labels: levelAndSchema,
    });
    this.waitSeconds = registry.histogram({
      name: name('request_wait_duration_seconds'),
      help: 'How long requests waited in queues',
      labels: [...levelAndSchema, 'execute'],
      buckets,
    });
    this.executionSeconds = registry.histogram({
      name: name('request_execution_seconds'),
      help: 'How long requests were executed',
      labels: [...levelAndSchema, 'type'],
      buckets,
    });
  }

  /** Gauges of the levels themselves, read from `levels`. */
  watchLevels(registry: MetricsRegistry, levels: () => Iterable<LevelReading>): void {
    const gauge = (rest: string, help: string, read: (level: LevelReading) => number): void =>
      registry.computed(
        'gauge',
        { name: `apiserver_flowcontrol_${rest}`, help, labels: ['priority_level'] },
        function* () {
          for (const level of levels()) {
            const value = read(level);
            if (Number.isFinite(value)) yield [[level.name], value];
          }
        },
      );
    gauge('nominal_limit_seats', 'Nominal number of seats of each priority level', (level) => level.nominalSeats);
    gauge('current_limit_seats', 'Number of seats after lending and borrowing', (level) => level.currentSeats);
    gauge('request_concurrency_limit', 'Nominal number of seats of each priority level', (level) => level.nominalSeats);
    gauge('request_concurrency_in_use', 'Seats that are occupied', (level) => level.seatsInUse);
    gauge('demand_seats', 'Seats that are occupied or waited for', (level) => level.seatDemand);
  }

  queued(level: string, schema: string, by: 1 | -1): void {
    this.waiting.of(level, schema).add(by);
  }

  started(level: string, schema: string, seats: number, waitedSeconds: number): void {
    const series = this.seriesOf(level, schema);
    series.dispatched.add();
    series.executing.add();
    series.seats.add(seats);
    series.waitSeconds.observe(waitedSeconds);
  }

  finished(level: string, schema: string, seats: number, type: 'regular' | 'watch', seconds: number): void {
    const series = this.seriesOf(level, schema);
    series.executing.add(-1);
    series.seats.add(-seats);
    series.executionSeconds[type]().observe(seconds);
  }

  refused(level: string, schema: string, reason: RejectionReason, waitedSeconds: number): void {
    this.rejected.of(level, schema, reason).add();
    this.waitSeconds.of(level, schema, 'false').observe(waitedSeconds);
  }

  private seriesOf(level: string, schema: string): FlowSeries {
    const schemas = this.series.get(level) ?? new Map<string, FlowSeries>();
    this.series.set(level, schemas);
    const known = schemas.get(schema);
    if (known !== undefined) return known;
    const made: FlowSeries = {
      dispatched: this.dispatched.of(level, schema),
      executing: this.executing.of(level, schema),
      seats: this.seats.of(level, schema),
      waitSeconds: this.waitSeconds.of(level, schema, 'true'),
      executionSeconds: {
        regular: onFirstUse(() => this.executionSeconds.of(level, schema, 'regular')),
        watch: onFirstUse(() => this.executionSeconds.of(level, schema, 'watch')),
      },
    };
    schemas.set(schema, made);
    return made;
  }
}
