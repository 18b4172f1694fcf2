import { describe, expect, it } from '@jest/globals';
import type { FlowSchema, PriorityLevelConfiguration } from '@orrery/api';
import { virtualHost } from '@orrery/runtime';
import { MetricsRegistry } from '@orrery/service';
import { requestInfoOf } from '../request-info/request-info.ts';
import type { FlowConfiguration } from './flow-configuration.ts';
import { FlowControlMetrics } from './flow-control-metrics.ts';
import { FlowController } from './flow-controller.ts';

const list = requestInfoOf({ method: 'GET', path: '/api/v1/pods', query: new URLSearchParams() });
const user = { name: 'jane', groups: ['system:authenticated'] };

function level(queueLengthLimit: number): PriorityLevelConfiguration {
  const queuing = { queues: 1, handSize: 1, queueLengthLimit };
  const limited = { nominalConcurrencyShares: 1, limitResponse: { type: 'Queue', queuing } };
  return {
    metadata: { name: 'level', uid: 'level-uid' },
    spec: { type: 'Limited', limited },
  } as unknown as PriorityLevelConfiguration;
}

const schema = {
  metadata: { name: 'schema', uid: 'schema-uid' },
  spec: {
    priorityLevelConfiguration: { name: 'level' },
    rules: [
      {
        subjects: [{ kind: 'User', user: { name: 'jane' } }],
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true }],
      },
    ],
  },
} as unknown as FlowSchema;

/** Flow control with one level, which has all 600 seats, and requests of 600 seats each. */
function controllerWith(queueLengthLimit: number) {
  const host = virtualHost({ seed: 1 });
  const registry = new MetricsRegistry();
  const state = { schemas: [schema], levels: [level(queueLengthLimit)] };
  const configuration = { state, start() {}, stop() {} } as unknown as FlowConfiguration;
  const controller = new FlowController(configuration, new FlowControlMetrics(registry), host);
  const never = new AbortController();
  const begin = (work: () => Promise<string>, signal = never.signal) =>
    controller.assign(user, list)?.run(600, signal, work);
  return { host, registry, controller, begin };
}

describe('flow control', () => {
  it('names schema and level in the answer’s headers, and leaves others alone', () => {
    const { controller } = controllerWith(1);
    expect(controller.assign(user, list)?.headers).toEqual({
      'X-Kubernetes-PF-FlowSchema-UID': 'schema-uid',
      'X-Kubernetes-PF-PriorityLevel-UID': 'level-uid',
    });
    expect(controller.assign({ name: 'joe', groups: [] }, list)).toBeUndefined();
  });

  it('makes requests wait for seats, and refuses what finds the queue full', async () => {
    const { host, begin, registry } = controllerWith(1);
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await host.timers.sleep(1_000);
      order.push(`${name} ends`);
      return name;
    };
    const first = begin(work('first'));
    const second = begin(work('second'));
    await expect(begin(work('third'))).rejects.toMatchObject({
      status: { code: 429, details: { retryAfterSeconds: 1 }, message: 'too many requests, please try again later' },
    });
    await host.time.advance('3s');
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
    const labels = 'priority_level="level",flow_schema="schema"';
    expect(registry.text()).toContain(`apiserver_flowcontrol_dispatched_requests_total{${labels}} 2\n`);
    expect(registry.text()).toContain(
      `apiserver_flowcontrol_rejected_requests_total{${labels},reason="queue-full"} 1\n`,
    );
    expect(registry.text()).toContain(`apiserver_flowcontrol_current_executing_seats{${labels}} 0\n`);
  });

  it('lets nobody wait longer than a quarter of a request’s time, nor for a client that has left', async () => {
    const { host, begin, controller } = controllerWith(10);
    const first = begin(async () => {
      await host.timers.sleep(60_000);
      return 'first';
    });
    const gone = new AbortController();
    const outcomes = Promise.allSettled([begin(async () => 'slow'), begin(async () => 'left', gone.signal)]);
    gone.abort();
    await host.time.advance('20s');
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const [{ timedOut, cancelled, queues }] = controller.levels as [(typeof controller.levels)[number]];
    expect([timedOut, cancelled, queues.requestsWaiting]).toEqual([1, 1, 0]);
    await host.time.advance('1m');
    expect(await first).toBe('first');
    expect(host.time.pendingTimers).toBe(0);
  });

  it('frees the seats of a request that fails', async () => {
    const { begin } = controllerWith(1);
    await expect(
      begin(async () => {
        throw new Error('boom');
      }),
    ).rejects.toThrow('boom');
    expect(await begin(async () => 'next')).toBe('next');
  });
});
