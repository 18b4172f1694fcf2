import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { ResourceRequests } from './resource-requests.ts';

describe('the APIs of events', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
  });
  afterAll(() => cluster.close());

  const namespaceOf = (name: string) => TestNamespace.create(cluster, name, { serviceAccount: false });
  const requestsTo = (path: string) => new ResourceRequests(cluster, path);
  const namesIn = (list: ReadObject): string[] => list.items.map(({ metadata }: ReadObject) => metadata.name);
  const oldEvent = (namespace: string, name: string, labels: object) => ({
    metadata: { name, labels },
    message: 'This is a test event',
    reason: 'Test',
    type: 'Normal',
    count: 1,
    involvedObject: { namespace },
  });
  const newEvent = (namespace: string, name: string, labels: object = {}) => ({
    metadata: { name, labels },
    eventTime: '2017-09-19T13:49:16.000000Z',
    note: `This is ${name}`,
    action: 'Do',
    reason: 'Test',
    type: 'Normal',
    reportingController: 'test-controller',
    reportingInstance: 'test-node',
    regarding: { namespace },
  });

  conformance('[sig-instrumentation] Events should manage the lifecycle of an event', async () => {
    const namespace = await namespaceOf('event-lifecycle');
    const events = requestsTo(namespace.path('events'));
    const everywhere = requestsTo('/api/v1/events');
    const label = 'labelSelector=testevent-constant=true';
    const name = 'event-test';
    await events.create(oldEvent(namespace.name, name, { 'testevent-constant': 'true' }));
    expect(namesIn(await everywhere.list(label))).toEqual([name]);

    await events.strategicPatch(name, { message: 'This is a test event - patched' });
    const patched = await events.get(name);
    expect(patched.message).toBe('This is a test event - patched');
    const lastObservedTime = '2026-01-01T00:00:00.000000Z';
    const updated = await events.update(name, (event) => {
      event.series = { count: 100, lastObservedTime };
    });
    expect(updated.series).toEqual({ count: 100, lastObservedTime });
    expect((await events.get(name)).series).toEqual(updated.series);
    await events.delete(name);
    expect(namesIn(await everywhere.list(label))).toEqual([]);
  });

  conformance('[sig-instrumentation] Events should delete a collection of events', async () => {
    const namespace = await namespaceOf('event-collection');
    const events = requestsTo(namespace.path('events'));
    const label = 'labelSelector=testevent-set=true';
    const names = ['test-event-1', 'test-event-2', 'test-event-3'];
    for (const name of names) await events.create(oldEvent(namespace.name, name, { 'testevent-set': 'true' }));
    expect(namesIn(await events.list(label))).toEqual(names);
    await events.deleteCollection(label);
    expect(namesIn(await events.list(label))).toEqual([]);
  });

  conformance(
    '[sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed',
    async () => {
      const namespace = await namespaceOf('new-event');
      const events = requestsTo(namespace.path('events.k8s.io/v1/events'));
      const coreEvents = requestsTo(namespace.path('events'));
      const everywhere = requestsTo('/apis/events.k8s.io/v1/events');
      const name = 'event-test';
      await events.create(newEvent(namespace.name, name));
      expect(namesIn(await everywhere.list())).toContain(name);
      expect(namesIn(await events.list())).toEqual([name]);
      expect(namesIn(await coreEvents.list('fieldSelector=source=test-controller'))).toEqual([name]);
      expect(namesIn(await events.list('fieldSelector=reportingController=test-controller'))).toEqual([name]);
      expect((await events.get(name)).note).toBe('This is event-test');

      const first = { count: 2, lastObservedTime: '2014-09-19T13:49:16.000000Z' };
      await events.strategicPatch(name, { series: first });
      expect((await events.get(name)).series).toEqual(first);
      const second = { count: 100, lastObservedTime: '2014-09-19T13:49:16.000000Z' };
      await events.update(name, (event) => {
        event.series = second;
      });
      expect((await events.get(name)).series).toEqual(second);

      await events.delete(name);
      expect(namesIn(await everywhere.list())).not.toContain(name);
      expect(namesIn(await events.list())).toEqual([]);
    },
  );

  conformance('[sig-instrumentation] Events API should delete a collection of events', async () => {
    const namespace = await namespaceOf('new-event-collection');
    const events = requestsTo(namespace.path('events.k8s.io/v1/events'));
    const label = 'labelSelector=testevent-set=true';
    const names = ['test-event-1', 'test-event-2', 'test-event-3'];
    for (const name of names) await events.create(newEvent(namespace.name, name, { 'testevent-set': 'true' }));
    expect(namesIn(await events.list(label))).toEqual(names);
    await events.deleteCollection(label);
    expect(namesIn(await events.list(label))).toEqual([]);
  });
});
