import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, ProcessCluster, processUnits } from './process-cluster.ts';
import { lossesOf, noLosses } from './writers.ts';

jest.setTimeout(120_000);

/** `kill -9` while clients write over HTTPS: the service is back by itself, catches up, and nothing acknowledged is lost. */
describe('a service that is killed while clients write', () => {
  const cluster = new ProcessCluster();
  const everything: string[] = [];
  beforeAll(() => cluster.up());
  afterAll(() => cluster.remove());

  it.each(processUnits)('%s comes back, catches up, and every acknowledged object is there once', async (unit) => {
    const before = await cluster.unit(unit);
    const acknowledged = await cluster.whileWriting(`${unit}-`, async (clients) => {
      await cluster.moreWritten(clients, 10);
      await cluster.orrery('kill', unit);
      await cluster.moreWritten(clients, 10);
      await eventually(`${unit} is back`, async () => {
        const { state, healthy, processId } = await cluster.unit(unit);
        return state === 'running' && healthy && processId !== before.processId;
      });
      await cluster.runsNewDeployment(`after-${unit}`);
      await cluster.moreWritten(clients, 10);
    });
    everything.push(...acknowledged);
    await cluster.allHealthy();
    expect(await lossesOf(cluster.api, everything)).toEqual(noLosses);
  });
});
