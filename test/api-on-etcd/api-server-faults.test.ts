import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigMap, Deployment, isAlreadyExists, isServiceUnavailable, isTimeout } from '@orrery/api';
import { ApiUnreachableError, createInformers } from '@orrery/client';
import { startCluster, type TestCluster, type TestClusterOptions } from '@orrery/testing';
import { deployment } from '../cluster/deployment.fixture.ts';

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function start(options: TestClusterOptions = {}): Promise<TestCluster> {
  cluster = await startCluster({ services: ['apiserver'], storage: 'etcd', time: 'real', nodes: 0, ...options });
  return cluster;
}

const configMap = (name: string, value = 'x') => ({
  metadata: { name, namespace: 'default' },
  data: { value },
});
const key = (name: string) => ({ namespace: 'default', name });

/** Creates until it is known to be there: an answer may be lost, and the client tries again. */
async function createUntilThere({ api }: TestCluster, name: string): Promise<void> {
  for (;;) {
    try {
      await api.create(ConfigMap, configMap(name));
      return;
    } catch (error) {
      if (isAlreadyExists(error)) return;
      const passing = isTimeout(error) || isServiceUnavailable(error) || error instanceof ApiUnreachableError;
      if (!passing) throw error;
    }
  }
}

/** Revisions in the registry log, in its order. */
async function logOf(running: TestCluster): Promise<number[]> {
  return (await running.history()).map((line) => Number(line.split(' ')[0]));
}

/** Every revision once and in order. */
function expectDense(revisions: readonly number[]): void {
  const first = revisions[0] ?? 0;
  expect(revisions).toEqual(revisions.map((_, index) => first + index));
}

describe('API servers on etcd', () => {
  it('write the registry log once and in order, two at once', async () => {
    const running = await start({ apiServers: 2 });
    await Promise.all(
      Array.from({ length: 60 }, (_, number) => running.api.create(ConfigMap, configMap(`c-${number}`))),
    );
    const all = await running.waitForAll(
      ConfigMap,
      (objects) => objects.filter(({ data }) => data?.value === 'x').length === 60,
    );
    expect(all.length).toBeGreaterThanOrEqual(60);
    expectDense(await logOf(running));
  });

  it('take over the registry log from one that has gone, and watchers miss nothing', async () => {
    const running = await start({ apiServers: 2 });
    const { bus, subjects, host, api } = await running.connect('watcher');
    const informers = createInformers({ api, bus, subjects, host });
    const seen: string[] = [];
    const informer = informers.for(ConfigMap);
    informer.onChange(({ previous, current }) => {
      if (previous === undefined && current !== undefined) seen.push(current.metadata.name ?? '');
    });
    await informers.start();
    for (const [round, gone] of [
      [0, 'apiserver-1'],
      [1, 'apiserver-2'],
    ] as const) {
      for (let number = 0; number < 10; number += 1) await createUntilThere(running, `r-${round}-${number}`);
      await running.crash(gone);
      for (let number = 10; number < 20; number += 1) await createUntilThere(running, `r-${round}-${number}`);
      await running.waitFor(ConfigMap, key(`r-${round}-19`), (object) => object !== undefined);
      await running.start(gone);
    }
    const names = seen.filter((name) => name.startsWith('r-'));
    expect(new Set(names).size).toBe(40);
    expect(names).toHaveLength(40);
    await informers.stop();
    expectDense(await logOf(running));
  });

  it('go on when etcd was killed and comes back', async () => {
    const running = await start();
    await createUntilThere(running, 'before');
    await running.etcd.stopMember('etcd-1', 'SIGKILL');
    const during = createUntilThere(running, 'during');
    await running.etcd.startMember('etcd-1');
    await during;
    await createUntilThere(running, 'after');
    await running.waitFor(ConfigMap, key('after'), (object) => object !== undefined);
    expect(await running.api.get(ConfigMap, key('before'))).toBeDefined();
    expectDense(await logOf(running));
  });

  it('find everything again after a restart', async () => {
    const running = await start();
    const created = await running.api.create(ConfigMap, configMap('kept'));
    await running.stop('apiserver-1');
    await running.start('apiserver-1');
    const found = await running.api.get(ConfigMap, key('kept'));
    expect(found?.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    await running.api.create(ConfigMap, configMap('new'));
    await running.waitFor(ConfigMap, key('new'), (object) => object !== undefined);
    expectDense(await logOf(running));
  });

  it('fill the registry log again after the broker has lost the end of it', async () => {
    const running = await start();
    for (let number = 0; number < 10; number += 1) await createUntilThere(running, `c-${number}`);
    await running.waitFor(ConfigMap, key('c-9'), (object) => object !== undefined);
    await running.crashBroker({ lostEntriesMax: 5 });
    await running.startBroker();
    await createUntilThere(running, 'after');
    await running.waitFor(ConfigMap, key('after'), (object) => object !== undefined);
    expectDense(await logOf(running));
  });
});

describe('API servers on etcd with a real broker', () => {
  it('write the registry log as the broker allows, and again after it has lost its end', async () => {
    const running = await start({ bus: 'nats', apiServers: 2 });
    for (let number = 0; number < 10; number += 1) await createUntilThere(running, `c-${number}`);
    await running.waitFor(ConfigMap, key('c-9'), (object) => object !== undefined);
    await running.crashBroker({ lostEntriesMax: 5 });
    await running.startBroker();
    await createUntilThere(running, 'after');
    await running.waitFor(ConfigMap, key('after'), (object) => object !== undefined);
    const { items } = await running.api.list(ConfigMap, { namespace: 'default' });
    expect(items.filter(({ metadata }) => metadata.name?.startsWith('c-'))).toHaveLength(10);
    expectDense(await logOf(running));
  });
});

describe('a whole cluster on etcd in virtual time', () => {
  it('runs the pods of a deployment', async () => {
    const running = await start({ services: undefined, time: 'virtual', nodes: 1 });
    expect(running.units.filter((unit) => unit.startsWith('storage'))).toEqual([]);
    await running.api.create(Deployment, deployment('hello', 3));
    await running.waitFor(Deployment, key('hello'), (object) => object?.status.readyReplicas === 3);
    expectDense(await logOf(running));
  });
});
