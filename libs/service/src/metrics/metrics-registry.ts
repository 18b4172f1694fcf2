/** Label values in the order of the metric's label names. */
export type LabelValues = readonly string[];

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Label sets of one metric that are kept; further ones are counted nowhere, so that no client can fill the memory with labels. */
export const seriesMax = 20_000;

interface Metric {
  readonly options: MetricOptions;
  readonly type: 'counter' | 'gauge' | 'histogram';
  lines(): Iterable<string>;
}

/** All metrics of a server, in the Prometheus text format. */
export class MetricsRegistry {
  private readonly metrics: Metric[] = [];

  counter(options: MetricOptions): Series<Value> {
    return this.add(new Series(options, 'counter', () => new Value()));
  }

  gauge(options: MetricOptions): Series<Value> {
    return this.add(new Series(options, 'gauge', () => new Value()));
  }

  /** `buckets`: upper bounds, rising, in the metric's unit. */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Series<Histogram> {
    return this.add(new Series(options, 'histogram', () => new Histogram(options.buckets)));
  }

  /** A metric whose values are read when somebody asks for them. */
  computed(
    type: 'counter' | 'gauge',
    options: MetricOptions,
    read: () => Iterable<readonly [labels: LabelValues, value: number]>,
  ): void {
    this.metrics.push({
      options,
      type,
      *lines() {
        for (const [labels, value] of read()) yield `${seriesName(options, labels)} ${numberText(value)}`;
      },
    });
  }

  text(): string {
    const lines: string[] = [];
    for (const metric of this.metrics) {
      const { name, help } = metric.options;
      lines.push(`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${metric.type}`, ...metric.lines());
    }
    return `${lines.join('\n')}\n`;
  }

  private add<M extends Metric>(metric: M): M {
    this.metrics.push(metric);
    return metric;
  }
}

/** One metric with a value for each set of labels. */
export class Series<V extends { lines(options: MetricOptions, labels: LabelValues): Iterable<string> }>
  implements Metric
{
  private readonly values = new Map<string, { readonly labels: LabelValues; readonly value: V }>();
  private readonly overflow: V;

  constructor(
    readonly options: MetricOptions,
    readonly type: Metric['type'],
    private readonly make: () => V,
  ) {
    this.overflow = make();
  }

  /** The value for these labels; the same again for the same labels. */
  of(...labels: string[]): V {
    const key = labels.join('\0');
    const known = this.values.get(key);
    if (known !== undefined) return known.value;
    if (this.values.size >= seriesMax) return this.overflow;
    const value = this.make();
    this.values.set(key, { labels, value });
    return value;
  }

  *lines(): Iterable<string> {
    for (const { labels, value } of this.values.values()) yield* value.lines(this.options, labels);
  }
}

/** What a metric is asked for once and then kept: a series that nobody has counted in is not shown. */
export function onFirstUse<V>(make: () => V): () => V {
  let made: V | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A counter or a gauge. */
export class Value {
  private current = 0;

  add(by = 1): void {
    this.current += by;
  }

  set(value: number): void {
    this.current = value;
  }

  get value(): number {
    return this.current;
  }

  *lines(options: MetricOptions, labels: LabelValues): Iterable<string> {
    yield `${seriesName(options, labels)} ${numberText(this.current)}`;
  }
}

/** Counts values by the first bucket that holds them. */
export class Histogram {
  private readonly counts: number[];
  private sum = 0;
  private count = 0;

  constructor(private readonly buckets: readonly number[]) {
    this.counts = buckets.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count += 1;
    const bucket = this.buckets.findIndex((bound) => value <= bound);
    if (bucket >= 0) this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
  }

  *lines({ name, labels: names = [] }: MetricOptions, labels: LabelValues): Iterable<string> {
    const bucket = { name: `${name}_bucket`, help: '', labels: [...names, 'le'] };
    let below = 0;
    for (const [index, bound] of this.buckets.entries()) {
      below += this.counts[index] ?? 0;
      yield `${seriesName(bucket, [...labels, numberText(bound)])} ${below}`;
    }
    yield `${seriesName(bucket, [...labels, '+Inf'])} ${this.count}`;
    yield `${seriesName({ name: `${name}_sum`, help: '', labels: names }, labels)} ${numberText(this.sum)}`;
    yield `${seriesName({ name: `${name}_count`, help: '', labels: names }, labels)} ${this.count}`;
  }
}

function seriesName({ name, labels = [] }: MetricOptions, values: LabelValues): string {
  if (labels.length === 0) return name;
  const pairs = labels.map((label, index) => `${label}="${escaped(values[index] ?? '').replaceAll('"', '\\"')}"`);
  return `${name}{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
