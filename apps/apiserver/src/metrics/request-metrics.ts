import type { Clock } from '@orrery/runtime';
import { type Histogram, type MetricsRegistry, onFirstUse, seriesMax, type Value } from '@orrery/service';
import { type ApiResponse, bodyLength } from '../http/api-response.ts';
import { isLongRunning } from '../pipeline/request-deadline.ts';
import type { RequestInfo } from '../request-info/request-info.ts';

/** Upstream's, in seconds and in bytes. */
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const sizeBuckets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const component = 'apiserver';
const readVerbs = new Set(['get', 'list', 'watch', 'head', 'options']);
const knownPathVerbs = new Set(['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'connect']);

/** Where a request is counted; resources that do not exist share one place. */
interface RequestLabels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: string;
}

/** Where one kind of request is counted. */
interface RequestSeries {
  duration(): Histogram;
  size(): Histogram;
  longRunning(): Value;
  terminations(status: number): Value;
  total(status: number): Value;
}

/** Counts requests under upstream's names. The label sets are bounded by the resource table. */
export class RequestMetrics {
  private readonly totals;
  private readonly durations;
  private readonly sizes;
  private readonly longRunning;
  private readonly terminations;
  /** Found with one look instead of one a label; as many as there are kinds of requests. */
  private readonly series = new Map<string, RequestSeries>();
  private readonly inFlight = { mutating: 0, readOnly: 0 };

  constructor(
    registry: MetricsRegistry,
    private readonly clock: Clock,
    private readonly isKnown: (group: string, version: string, resource: string) => boolean,
  ) {
    const place = ['group', 'version', 'resource', 'subresource', 'scope', 'component'];
    this.totals = registry.counter({
      name: 'apiserver_request_total',
      help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labels: ['verb', 'dry_run', ...place, 'code'],
    });
    this.durations = registry.histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      labels: ['verb', 'dry_run', ...place],
      buckets: durationBuckets,
    });
    this.sizes = registry.histogram({
      name: 'apiserver_response_sizes',
      help: 'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
      labels: ['verb', ...place],
      buckets: sizeBuckets,
    });
    this.longRunning = registry.gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.',
      labels: ['verb', ...place],
    });
    this.terminations = registry.counter({
      name: 'apiserver_request_terminations_total',
      help: 'Number of requests which apiserver terminated in self-defense.',
      labels: ['verb', ...place, 'code'],
    });
    registry.computed(
      'gauge',
      {
        name: 'apiserver_current_inflight_requests',
        help: 'Number of requests that are being handled, by kind',
        labels: ['request_kind'],
      },
      () => [
        [['mutating'], this.inFlight.mutating],
        [['readOnly'], this.inFlight.readOnly],
      ],
    );
  }

  /** Begins a request; call the result with its answer once. It gives the answer back, counted to its end. */
  begin(target: RequestInfo, method: string, query: URLSearchParams): (response: ApiResponse) => ApiResponse {
    const startedAt = this.clock.monotonic();
    const dryRun = query.getAll('dryRun').includes('All') ? 'All' : '';
    const series = this.seriesOf(this.labels(target, method), dryRun);
    const reads = readVerbs.has(target.verb);
    const kind = reads ? 'readOnly' : 'mutating';
    this.inFlight[kind] += 1;
    return (response) => {
      this.inFlight[kind] -= 1;
      const { status } = response;
      series.total(status).add();
      if (status === 504 || status === 429) series.terminations(status).add();
      if (isLongRunning(target)) return untilEnd(response, series);
      series.duration().observe((this.clock.monotonic() - startedAt) / 1_000);
      const size = bodyLength(response.body);
      if (size !== undefined && reads) series.size().observe(size);
      return response;
    };
  }

  private seriesOf(
    { verb, group, version, resource, subresource, scope }: RequestLabels,
    dryRun: string,
  ): RequestSeries {
    const key = `${verb} ${dryRun} ${group}/${version}/${resource}/${subresource} ${scope}`;
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const place = [group, version, resource, subresource, scope, component];
    const totals = new Map<number, Value>();
    const made: RequestSeries = {
      duration: onFirstUse(() => this.durations.of(verb, dryRun, ...place)),
      size: onFirstUse(() => this.sizes.of(verb, ...place)),
      longRunning: () => this.longRunning.of(verb, ...place),
      terminations: (status) => this.terminations.of(verb, ...place, String(status)),
      total: (status) => {
        const value = totals.get(status) ?? this.totals.of(verb, dryRun, ...place, String(status));
        totals.set(status, value);
        return value;
      },
    };
    if (this.series.size < seriesMax) this.series.set(key, made);
    return made;
  }

  private labels(target: RequestInfo, method: string): RequestLabels {
    const nowhere = { group: '', version: '', resource: '', subresource: '', scope: '' };
    if (target.kind === 'path') {
      const verb = knownPathVerbs.has(target.verb) ? target.verb.toUpperCase() : 'other';
      return { ...nowhere, verb };
    }
    const verb = verbLabel(target.verb, method);
    const { group, version, resource, subresource } = target;
    if (!this.isKnown(group, version, resource)) return { ...nowhere, verb };
    return { verb, group, version, resource, subresource: subresourceLabel(subresource), scope: scopeOf(target) };
  }
}

/** Counts a stream as active while it is read. */
function untilEnd(response: ApiResponse, series: RequestSeries): ApiResponse {
  const { body } = response;
  if (body instanceof Uint8Array || !(Symbol.asyncIterator in body)) return response;
  const gauge = series.longRunning();
  async function* counted(): AsyncIterable<Uint8Array> {
    gauge.add();
    try {
      yield* body as AsyncIterable<Uint8Array>;
    } finally {
      gauge.add(-1);
    }
  }
  return { ...response, body: counted() };
}

/** What upstream calls the verbs of its requests. */
const verbLabels: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
};

function verbLabel(verb: string, method: string): string {
  return verbLabels[verb] ?? (knownPathVerbs.has(method.toLowerCase()) ? method : 'other');
}

function scopeOf({ name, namespace, verb }: Extract<RequestInfo, { kind: 'resource' }>): string {
  if (name !== '' || verb === 'create') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}

/** Clients choose the path: only words go into labels. */
function subresourceLabel(subresource: string): string {
  return /^[a-z]{0,32}$/.test(subresource) ? subresource : 'unknown';
}
