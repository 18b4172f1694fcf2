import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, ProcessCluster } from './process-cluster.ts';
import { lossesOf, noLosses } from './writers.ts';

jest.setTimeout(180_000);

const members = ['storage-1', 'storage-2', 'storage-3'];

/** One of them leads at any time, and each is killed once: so leaders are. How long it takes is told in virtual time. */
describe('three storage members as processes, killed in turn while clients write', () => {
  const cluster = new ProcessCluster();
  beforeAll(() => cluster.up('--storage-replicas', '3'));
  afterAll(() => cluster.remove());

  it('lose no acknowledged object', async () => {
    const acknowledged = await cluster.whileWriting('', async (clients) => {
      for (const member of members) {
        const before = await cluster.unit(member);
        await cluster.moreWritten(clients, 20);
        await cluster.orrery('kill', member);
        await cluster.moreWritten(clients, 20);
        await eventually(`${member} is back`, async () => {
          const { healthy, processId } = await cluster.unit(member);
          return healthy && processId !== before.processId;
        });
      }
    });
    expect(await lossesOf(cluster.api, acknowledged)).toEqual(noLosses);
    await cluster.runsNewDeployment('after');
    await cluster.allHealthy();
  });
});
