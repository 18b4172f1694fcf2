import type { Clock } from '@orrery/runtime';
import type { RequestInfo } from '../request-info/request-info.ts';

/** Upper bounds of `apiserver_request_duration_seconds`, in seconds. */
const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Counts requests under upstream's names. The label sets are bounded by the resource table: unknown resources share one. */
export class RequestMetrics {
  private readonly totals = new Map<string, number>();
  private readonly durations = new Map<string, Histogram>();
  private current = 0;

  constructor(
    private readonly clock: Clock,
    private readonly isKnown: (group: string, version: string, resource: string) => boolean,
  ) {}

  /** Begins a request; call the result with its status once. */
  begin(target: RequestInfo): (status: number) => void {
    const startedAt = this.clock.monotonic();
    const labels = this.labels(target);
    this.current += 1;
    return (status) => {
      this.current -= 1;
      const total = `${labels},code="${status}"`;
      this.totals.set(total, (this.totals.get(total) ?? 0) + 1);
      if (target.verb !== 'watch') this.observe(labels, (this.clock.monotonic() - startedAt) / 1000);
    };
  }

  /** The Prometheus text format. */
  text(): string {
    const lines = [
      '# HELP apiserver_request_total Counter of apiserver requests broken out for each verb, group, version, resource and code.',
      '# TYPE apiserver_request_total counter',
      ...[...this.totals].map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`),
      '# HELP apiserver_current_inflight_requests Requests that are being handled.',
      '# TYPE apiserver_current_inflight_requests gauge',
      `apiserver_current_inflight_requests ${this.current}`,
      '# HELP apiserver_request_duration_seconds Response latency distribution in seconds.',
      '# TYPE apiserver_request_duration_seconds histogram',
    ];
    for (const [labels, histogram] of this.durations) lines.push(...histogramLines(labels, histogram));
    return `${lines.join('\n')}\n`;
  }

  private labels(target: RequestInfo): string {
    const verb = target.verb.toUpperCase();
    if (target.kind === 'path') return `verb="${verb}",group="",version="",resource="",subresource=""`;
    const { group, version, resource, subresource } = target;
    if (!this.isKnown(group, version, resource))
      return `verb="${verb}",group="",version="",resource="unknown",subresource=""`;
    return `verb="${verb}",group="${group}",version="${version}",resource="${resource}",subresource="${subresourceLabel(subresource)}"`;
  }

  private observe(labels: string, seconds: number): void {
    let histogram = this.durations.get(labels);
    if (histogram === undefined) {
      histogram = { counts: buckets.map(() => 0), sum: 0, count: 0 };
      this.durations.set(labels, histogram);
    }
    histogram.sum += seconds;
    histogram.count += 1;
    const bucket = buckets.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  }
}

/** Clients choose the path: only words go into labels. */
function subresourceLabel(subresource: string): string {
  return /^[a-z]{0,32}$/.test(subresource) ? subresource : 'unknown';
}

function histogramLines(labels: string, { counts, sum, count }: Histogram): string[] {
  const name = 'apiserver_request_duration_seconds';
  let below = 0;
  const lines = buckets.map((bound, index) => {
    below += counts[index] ?? 0;
    return `${name}_bucket{${labels},le="${bound}"} ${below}`;
  });
  return [
    ...lines,
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${count}`,
  ];
}
