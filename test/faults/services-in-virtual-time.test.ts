import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deployment } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { deployment } from '../cluster/deployment.fixture.ts';
import { untilSettled } from './until-settled.ts';
import { lossesOf, noLosses, Writers } from './writers.ts';

jest.setTimeout(60_000);

/** Longer than any single request waits. */
const longAwayMs = 20_000;
const units = [
  'storage-1',
  'apiserver-1',
  'controller-manager-1',
  'scheduler-1',
  'container-runtime-node-1',
  'kubelet-node-1',
];

/** The campaign of the machine tests without a machine: any service may go at any time, and the cluster heals when it is back. */
describe('a cluster in virtual time', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.close());

  const becomesReady = async (name: string): Promise<void> => {
    const { api, time } = cluster;
    await untilSettled(time, api.create(Deployment, deployment(name, 2)));
    await cluster.waitFor(Deployment, { namespace: 'default', name }, (object) => object?.status.readyReplicas === 2);
  };

  it.each(units.flatMap((unit) => [['crash', unit] as const, ['stop', unit] as const]))(
    'heals after %s and start of %s, and has lost nothing',
    async (how, unit) => {
      const { api, time } = cluster;
      await becomesReady('before');
      const clients = new Writers({ api, now: () => time.monotonic(), sleep: (ms) => time.sleep(ms) });
      await time.advance('500ms');
      await cluster[how](unit);
      await time.advance('3s');
      await cluster.start(unit);
      await becomesReady('after');
      await time.advance('500ms');
      await untilSettled(time, clients.stop());
      expect(clients.acknowledged.length).toBeGreaterThan(20);
      expect(await untilSettled(time, lossesOf(api, clients.acknowledged))).toEqual(noLosses);
      await cluster.waitFor(
        Deployment,
        { namespace: 'default', name: 'before' },
        (object) => object?.status.readyReplicas === 2,
      );
    },
  );

  it.each(units)('heals where %s crashes with the broker, and starts before the broker is back', async (unit) => {
    const { api, time } = cluster;
    await becomesReady('before');
    const clients = new Writers({ api, now: () => time.monotonic(), sleep: (ms) => time.sleep(ms) });
    await time.advance('500ms');
    await cluster.crash(unit);
    await cluster.crashBroker({ lostEntriesMax: 20 });
    const back = time.sleep(longAwayMs).then(() => cluster.startBroker());
    await cluster.start(unit);
    await untilSettled(time, back);
    await time.advance('1s');
    await becomesReady('after');
    await untilSettled(time, clients.stop());
    expect(await untilSettled(time, lossesOf(api, clients.acknowledged))).toEqual(noLosses);
  });
});
