import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Deployment } from '@orrery/api';
import { eventually, ProcessCluster } from './process-cluster.ts';
import { lossesOf, noLosses } from './writers.ts';

jest.setTimeout(120_000);

describe('a cluster whose every process is killed at once, the launcher too', () => {
  const cluster = new ProcessCluster();
  const everything: string[] = [];
  beforeAll(() => cluster.up());
  afterAll(() => cluster.remove());

  it.each([1, 2])('is found by the next up as it was acknowledged (time %d)', async (time) => {
    await cluster.runsNewDeployment(`before-${time}`);
    const acknowledged = await cluster.whileWriting(`${time}-`, async (clients) => {
      await cluster.moreWritten(clients, 20);
      cluster.killEverything();
      // What nobody answered any more is tried again until the cluster is back.
      await cluster.up();
      await cluster.moreWritten(clients, 20);
    });
    everything.push(...acknowledged);
    expect(await lossesOf(cluster.api, everything)).toEqual(noLosses);
    const key = { namespace: 'default', name: `before-${time}` };
    await eventually('the deployment of before is ready', async () => {
      const found = await cluster.api.get(Deployment, key);
      return found?.status.readyReplicas === 2;
    });
    await cluster.runsNewDeployment(`after-${time}`);
    await cluster.allHealthy();
  });
});
