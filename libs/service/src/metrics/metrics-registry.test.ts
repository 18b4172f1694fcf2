import { describe, expect, it } from '@jest/globals';
import { MetricsRegistry } from './metrics-registry.ts';

describe('metrics', () => {
  it('are written in the Prometheus text format', () => {
    const registry = new MetricsRegistry();
    const requests = registry.counter({ name: 'requests_total', help: 'All\nof them', labels: ['verb', 'path'] });
    requests.of('GET', '/a"b\\').add();
    requests.of('GET', '/a"b\\').add(2);
    registry.gauge({ name: 'load', help: 'Now' }).of().set(0.5);
    const latency = registry.histogram({ name: 'latency_seconds', help: 'Time', labels: ['verb'], buckets: [0.1, 1] });
    for (const seconds of [0.05, 0.5, 5]) latency.of('GET').observe(seconds);
    registry.computed('gauge', { name: 'size', help: 'Read late', labels: ['of'] }, () => [[['a'], Number.NaN]]);
    expect(registry.text()).toBe(`# HELP requests_total All\\nof them
# TYPE requests_total counter
requests_total{verb="GET",path="/a\\"b\\\\"} 3
# HELP load Now
# TYPE load gauge
load 0.5
# HELP latency_seconds Time
# TYPE latency_seconds histogram
latency_seconds_bucket{verb="GET",le="0.1"} 1
latency_seconds_bucket{verb="GET",le="1"} 2
latency_seconds_bucket{verb="GET",le="+Inf"} 3
latency_seconds_sum{verb="GET"} 5.55
latency_seconds_count{verb="GET"} 3
# HELP size Read late
# TYPE size gauge
size{of="a"} NaN
`);
  });

  it('keep a bounded number of label sets', () => {
    const registry = new MetricsRegistry();
    const counter = registry.counter({ name: 'a', help: '', labels: ['x'] });
    for (let index = 0; index < 30_000; index += 1) counter.of(String(index)).add();
    expect(registry.text().split('\n').length).toBeLessThan(20_010);
  });
});
