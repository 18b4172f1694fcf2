import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ContainerStatus, type Draft, Event, Pod } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';

jest.setTimeout(30_000);

const key = { namespace: 'default', name: 'web' };

function pod(container: object): Draft<Pod> {
  return { metadata: { ...key }, spec: { containers: [{ name: 'web', image: 'web:1', ...container }] } } as Draft<Pod>;
}

/** What a user reads of a pod that cannot run, in upstream's words. */
describe('a pod that cannot run', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.close());

  /** The container's status as soon as it satisfies `condition`. */
  const containerStatus = async (condition: (status: ContainerStatus) => boolean): Promise<ContainerStatus> => {
    const status = (object: Pod | undefined) => object?.status.containerStatuses?.[0];
    const object = await cluster.waitFor(Pod, key, (candidate) => {
      const current = status(candidate);
      return current !== undefined && condition(current);
    });
    const found = status(object);
    if (!found) throw new Error('the pod has no container status');
    return found;
  };
  const waitsFor = (reason: string) => (status: ContainerStatus) => status.state?.waiting?.reason === reason;

  /** `type reason: message` of the pod's events, in the order of their first appearance. */
  const events = async (): Promise<string[]> => {
    const { items } = await cluster.api.list(Event, { namespace: 'default' });
    return items
      .filter(({ involvedObject }) => involvedObject.name === key.name)
      .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  };

  describe('because its image does not exist', () => {
    const image = 'docker.io/library/does-not-exist:1';
    const failure =
      `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": ` +
      `failed to resolve reference "${image}": ${image}: not found`;

    beforeEach(async () => {
      await cluster.api.create(Pod, pod({ image: 'does-not-exist:1' }));
    });

    it('has ErrImagePull, then ImagePullBackOff', async () => {
      const failed = await containerStatus(waitsFor('ErrImagePull'));
      expect(failed).toMatchObject({
        ready: false,
        started: false,
        restartCount: 0,
        image: 'does-not-exist:1',
        state: { waiting: { reason: 'ErrImagePull', message: failure } },
      });
      const backingOff = await containerStatus(waitsFor('ImagePullBackOff'));
      expect(backingOff.state?.waiting?.message).toBe(
        `Back-off pulling image "does-not-exist:1": ErrImagePull: ${failure}`,
      );
      expect((await cluster.api.get(Pod, key))?.status.phase).toBe('Pending');
    });

    it('is told in events, also when it has been tried again and again', async () => {
      await containerStatus(waitsFor('ImagePullBackOff'));
      await cluster.time.advance('3m');
      const told = await events();
      expect(told).toEqual(
        expect.arrayContaining([
          'Normal Pulling: Pulling image "does-not-exist:1"',
          `Warning Failed: Failed to pull image "does-not-exist:1": ${failure}`,
          'Warning Failed: Error: ErrImagePull',
          'Normal BackOff: Back-off pulling image "does-not-exist:1"',
          'Warning Failed: Error: ImagePullBackOff',
        ]),
      );
      const pulling = (await cluster.api.list(Event, { namespace: 'default' })).items.find(
        ({ reason }) => reason === 'Pulling',
      );
      // After 0, 10, 30, 70 and 150 seconds.
      expect(pulling?.count).toBe(5);
    });

    it('runs once its image has been set to one that exists', async () => {
      await containerStatus(waitsFor('ImagePullBackOff'));
      await cluster.api.patch(Pod, key, {
        type: 'strategic',
        body: { spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      });
      expect(await containerStatus(({ state }) => state?.running !== undefined)).toMatchObject({ restartCount: 0 });
    });
  });

  describe('because its container ends at once', () => {
    beforeEach(async () => {
      await cluster.api.create(Pod, pod({ command: ['sh', '-c', 'exit 3'] }));
    });

    it('is started again at once, then has CrashLoopBackOff, with a back-off that doubles up to five minutes', async () => {
      const { metadata } = (await cluster.api.get(Pod, key)) ?? { metadata: { uid: '' } };
      for (const [restarts, backOff] of [
        [1, '10s'],
        [2, '20s'],
        [3, '40s'],
        [4, '1m20s'],
        [5, '2m40s'],
        [6, '5m0s'],
        [7, '5m0s'],
      ] as const) {
        if (restarts === 7) await cluster.time.advance('5m');
        const status = await containerStatus(
          (current) => waitsFor('CrashLoopBackOff')(current) && current.restartCount === restarts,
        );
        expect(status).toMatchObject({
          ready: false,
          started: false,
          state: {
            waiting: {
              reason: 'CrashLoopBackOff',
              message: `back-off ${backOff} restarting failed container=web pod=web_default(${metadata.uid})`,
            },
          },
          lastState: { terminated: { exitCode: 3, reason: 'Error' } },
        });
      }
    });

    it('is told in an event, with the pod’s uid', async () => {
      await containerStatus(waitsFor('CrashLoopBackOff'));
      const { metadata } = (await cluster.api.get(Pod, key)) ?? { metadata: { uid: '' } };
      await cluster.time.advance('1m');
      expect(await events()).toContain(
        `Warning BackOff: Back-off restarting failed container web in pod web_default(${metadata.uid})`,
      );
    });
  });

  it('stays as it ended where it shall not be started again', async () => {
    const never = pod({ command: ['sh', '-c', 'exit 3'] });
    await cluster.api.create(Pod, { ...never, spec: { ...never.spec, restartPolicy: 'Never' } } as Draft<Pod>);
    const object = await cluster.waitFor(Pod, key, (current) => current?.status.phase === 'Failed');
    expect(object?.status.containerStatuses?.[0]).toMatchObject({
      restartCount: 0,
      state: { terminated: { exitCode: 3, reason: 'Error' } },
    });
  });
});
