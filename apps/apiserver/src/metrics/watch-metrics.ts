import type { ResourceInfo } from '@orrery/api';
import type { MetricsRegistry } from '@orrery/service';

const sizeBuckets = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];
const labels = ['group', 'version', 'resource'];

/** Counts what watches send, under upstream's names. */
export class WatchMetrics {
  private readonly events;
  private readonly sizes;

  constructor(registry: MetricsRegistry) {
    this.events = registry.counter({
      name: 'apiserver_watch_events_total',
      help: 'Number of events sent in watch clients',
      labels,
    });
    this.sizes = registry.histogram({
      name: 'apiserver_watch_events_sizes',
      help: 'Watch event size distribution in bytes',
      labels,
      buckets: sizeBuckets,
    });
  }

  /** Call the result with the bytes of each event. */
  sender({ group, version, resource }: ResourceInfo): (bytes: number) => void {
    const events = this.events.of(group, version, resource);
    const sizes = this.sizes.of(group, version, resource);
    return (bytes) => {
      events.add();
      sizes.observe(bytes);
    };
  }
}
