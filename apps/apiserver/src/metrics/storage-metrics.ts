import type { Clock } from '@orrery/runtime';
import type { MetricsRegistry } from '@orrery/service';

const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const labels = ['operation', 'group', 'resource'];

/** Counts requests to storage under the names that upstream has for etcd's. */
export class StorageMetrics {
  private readonly totals;
  private readonly errors;
  private readonly durations;

  constructor(
    registry: MetricsRegistry,
    private readonly clock: Clock,
  ) {
    this.totals = registry.counter({
      name: 'etcd_requests_total',
      help: 'Etcd request counts for each operation and object type.',
      labels,
    });
    this.errors = registry.counter({
      name: 'etcd_request_errors_total',
      help: 'Etcd failed request counts for each operation and object type.',
      labels,
    });
    this.durations = registry.histogram({
      name: 'etcd_request_duration_seconds',
      help: 'Etcd request latency in seconds for each operation and object type.',
      labels,
      buckets,
    });
  }

  /** `key`: one that the operation is about, or a prefix. */
  async timed<T>(operation: string, key: string, work: () => Promise<T>): Promise<T> {
    const place = [operation, ...resourceOf(key)];
    const startedAt = this.clock.monotonic();
    this.totals.of(...place).add();
    try {
      return await work();
    } catch (error) {
      this.errors.of(...place).add();
      throw error;
    } finally {
      this.durations.of(...place).observe((this.clock.monotonic() - startedAt) / 1_000);
    }
  }
}

/** Group and resource of `/registry/<group>/<resource>/…`; nothing for other keys. */
function resourceOf(key: string): [group: string, resource: string] {
  const [, root, group = '', resource = ''] = key.split('/', 4);
  return root === 'registry' ? [group === 'core' ? '' : group, resource] : ['', ''];
}
