import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ProcessCluster, processUnits } from './process-cluster.ts';
import { lossesOf, noLosses } from './writers.ts';

jest.setTimeout(120_000);

describe('a service that is stopped and started again', () => {
  const cluster = new ProcessCluster();
  const everything: string[] = [];
  beforeAll(() => cluster.up());
  afterAll(() => cluster.remove());

  it.each(processUnits)('%s heals the cluster without further help', async (unit) => {
    const acknowledged = await cluster.whileWriting(`${unit}-`, async (clients) => {
      await cluster.moreWritten(clients, 10);
      await cluster.orrery('stop', unit);
      expect(await cluster.unit(unit)).toMatchObject({ state: 'stopped', processId: 0 });
      await cluster.orrery('start', unit);
      await cluster.moreWritten(clients, 10);
    });
    everything.push(...acknowledged);
    await cluster.runsNewDeployment(`after-${unit}`);
    await cluster.allHealthy();
    expect(await lossesOf(cluster.api, everything)).toEqual(noLosses);
  });
});
