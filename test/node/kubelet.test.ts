import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigMap, Lease, Node, Pod, Secret } from '@orrery/api';
import { NodeCluster } from './node-cluster.ts';

describe('a node', () => {
  let cluster: NodeCluster;

  beforeEach(async () => {
    cluster = await NodeCluster.start();
    await cluster.startKubelet();
  });

  afterEach(() => cluster.stop());

  const ready = (pod: Pod | undefined) => pod?.status.conditions?.find(({ type }) => type === 'Ready')?.status;
  const web = (pod: Pod) => pod.status.containerStatuses?.[0];

  it('registers itself, is Ready at once and holds a Lease', async () => {
    const node = await cluster.pass(cluster.api.get(Node, { namespace: '', name: 'node-1' }));
    expect(node?.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux' });
    expect(node?.status.nodeInfo?.kubeletVersion).toBe('v1.36.0-orrery');
    expect(node?.status.conditions?.at(-1)).toMatchObject({ type: 'Ready', status: 'True', reason: 'KubeletReady' });

    await cluster.host.time.advance('11s');
    const lease = await cluster.pass(cluster.api.get(Lease, { namespace: 'kube-node-lease', name: 'node-1' }));
    expect(lease?.spec).toMatchObject({ holderIdentity: 'node-1', leaseDurationSeconds: 40 });
  });

  it('registers again after its node was deleted', async () => {
    await cluster.pass(cluster.api.delete(Node, { namespace: '', name: 'node-1' }));
    await cluster.host.time.advance('11s');
    expect(await cluster.pass(cluster.api.get(Node, { namespace: '', name: 'node-1' }))).toBeDefined();
  });

  it('runs a pod that is bound to it, without any time passing', async () => {
    await cluster.createPod('hello', { readinessProbe: { httpGet: { port: 80, path: '/' } } });
    await cluster.host.time.advance(20);

    const pod = await cluster.existingPod('hello');
    expect(pod.status).toMatchObject({ phase: 'Running', hostIP: '192.168.0.1', qosClass: 'BestEffort' });
    expect(pod.status.podIP).toMatch(/^10\.244\.0\./);
    expect(ready(pod)).toBe('True');
    expect(web(pod)).toMatchObject({ name: 'web', ready: true, started: true, restartCount: 0 });
    expect(await cluster.events('hello')).toEqual(
      expect.arrayContaining(['Normal Created Container created', 'Normal Started Container started']),
    );
  });

  it('takes a deleted pod away: containers, logs, volumes, and at last the object', async () => {
    await cluster.createPod('hello');
    await cluster.host.time.advance(20);
    await cluster.pass(cluster.api.delete(Pod, { namespace: 'default', name: 'hello' }));
    await cluster.host.time.advance('1s');

    expect(await cluster.pod('hello')).toBeUndefined();
    expect(await cluster.podLogs.list('')).toEqual([]);
    expect(await cluster.podVolumes.list('pods')).toEqual([]);
    expect(await cluster.events('hello')).toContain('Normal Killing Stopping container web');
  });

  it('says of an image that does not exist what upstream says', async () => {
    await cluster.createPod('broken', { image: 'does-not-exist:1' });
    await cluster.host.time.advance(100);
    expect(web(await cluster.existingPod('broken'))?.state?.waiting?.reason).toBe('ErrImagePull');
    await cluster.host.time.advance('2s');
    const waiting = web(await cluster.existingPod('broken'))?.state?.waiting;
    expect(waiting?.reason).toBe('ImagePullBackOff');
    expect(waiting?.message).toMatch(/^Back-off pulling image "does-not-exist:1": ErrImagePull: /);
  });

  it('restarts a container that keeps failing, more and more slowly', async () => {
    await cluster.createPod('crash', { command: ['sh', '-c', 'exit 1'] });
    await cluster.host.time.advance('1s');
    const first = await cluster.existingPod('crash');
    expect(web(first)).toMatchObject({ restartCount: 1, ready: false });
    expect(web(first)?.state?.waiting).toEqual({
      reason: 'CrashLoopBackOff',
      message: `back-off 10s restarting failed container=web pod=crash_default(${first.metadata.uid})`,
    });
    expect(web(first)?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });

    await cluster.host.time.advance('11s');
    expect(web(await cluster.existingPod('crash'))).toMatchObject({ restartCount: 2 });
    await cluster.host.time.advance('15s');
    expect(web(await cluster.existingPod('crash'))).toMatchObject({ restartCount: 2 });
    await cluster.host.time.advance('6s');
    expect(web(await cluster.existingPod('crash'))).toMatchObject({ restartCount: 3 });
  });

  it('waits for a ConfigMap and starts the container when it is there', async () => {
    await cluster.createPod('needy', { envFrom: [{ configMapRef: { name: 'settings' } }] });
    await cluster.host.time.advance(100);
    expect(web(await cluster.existingPod('needy'))?.state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'configmap "settings" not found',
    });
    await cluster.pass(
      cluster.api.create(ConfigMap, { metadata: { name: 'settings', namespace: 'default' }, data: { COLOR: 'blue' } }),
    );
    await cluster.host.time.advance('11s');
    expect((await cluster.existingPod('needy')).status.phase).toBe('Running');
  });

  it('ends a pod that is never restarted, and remembers how it ended', async () => {
    const once = { restartPolicy: 'Never' };
    await cluster.createPod('good', { command: ['true'] }, once);
    await cluster.createPod('bad', { command: ['sh', '-c', 'exit 3'] }, once);
    await cluster.host.time.advance('1s');

    const good = await cluster.existingPod('good');
    expect(good.status.phase).toBe('Succeeded');
    expect(web(good)?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    const bad = await cluster.existingPod('bad');
    expect(bad.status.phase).toBe('Failed');
    expect(web(bad)?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  });

  it('runs init containers in order, and keeps a sidecar beside the main container', async () => {
    const initContainers = [
      { name: 'first', image: 'hello:1', command: ['true'] },
      { name: 'proxy', image: 'hello:1', restartPolicy: 'Always' },
      { name: 'second', image: 'hello:1', command: ['sleep', '5'] },
    ];
    await cluster.createPod('staged', {}, { initContainers });
    await cluster.host.time.advance('1s');
    const waiting = await cluster.existingPod('staged');
    expect(waiting.status.phase).toBe('Pending');
    expect(web(waiting)?.state?.waiting?.reason).toBe('PodInitializing');
    expect(waiting.status.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [second]',
    });

    await cluster.host.time.advance('5s');
    const running = await cluster.existingPod('staged');
    expect(running.status.phase).toBe('Running');
    expect(ready(running)).toBe('True');
    expect(running.status.initContainerStatuses?.map(({ ready: isReady }) => isReady)).toEqual([true, true, true]);
  });

  it('restarts a container whose liveness probe fails', async () => {
    const probe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 };
    await cluster.createPod('sick', { livenessProbe: probe });
    await cluster.host.time.advance('3s');
    expect(web(await cluster.existingPod('sick'))?.restartCount).toBeGreaterThanOrEqual(1);
    const events = await cluster.events('sick');
    expect(events).toContain('Normal Killing Container web failed liveness probe, will be restarted');
    expect(events.some((event) => event.startsWith('Warning Unhealthy Liveness probe failed: '))).toBe(true);
  });

  it('goes on with running containers after it was restarted', async () => {
    await cluster.createPod('steady', { readinessProbe: { httpGet: { port: 80 } } });
    await cluster.host.time.advance(50);
    const before = await cluster.existingPod('steady');
    await cluster.stopKubelet();
    await cluster.createPod('late');
    await cluster.startKubelet();
    await cluster.host.time.advance('1s');

    const after = await cluster.existingPod('steady');
    expect(web(after)?.containerID).toBe(web(before)?.containerID);
    expect(web(after)?.restartCount).toBe(0);
    expect(ready(after)).toBe('True');
    expect((await cluster.existingPod('late')).status.phase).toBe('Running');
  });

  it('removes what runs of pods that were deleted while it was away', async () => {
    await cluster.createPod('orphan');
    await cluster.host.time.advance(50);
    await cluster.stopKubelet();
    await cluster.pass(cluster.api.delete(Pod, { namespace: 'default', name: 'orphan' }, { gracePeriodSeconds: 0 }));
    await cluster.startKubelet();
    await cluster.host.time.advance('1s');
    expect(await cluster.podLogs.list('')).toEqual([]);
  });

  it('ends a pod at its deadline', async () => {
    await cluster.createPod('slow', {}, { activeDeadlineSeconds: 5 });
    await cluster.host.time.advance('4s');
    expect((await cluster.existingPod('slow')).status.phase).toBe('Running');
    await cluster.host.time.advance('32s');
    expect((await cluster.existingPod('slow')).status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  it('refuses a pod that does not fit', async () => {
    await cluster.createPod('huge', { resources: { requests: { cpu: '64' } } });
    await cluster.host.time.advance(50);
    expect((await cluster.existingPod('huge')).status).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: 0, capacity: 8000",
    });
  });

  it('mounts ConfigMaps, Secrets and tokens, and follows their changes', async () => {
    const metadata = { name: 'settings', namespace: 'default' };
    await cluster.pass(cluster.api.create(ConfigMap, { metadata, data: { color: 'blue' } }));
    await cluster.pass(cluster.api.create(Secret, { metadata, data: { key: 'c2VjcmV0' } }));
    const pod = await cluster.createPod(
      'files',
      { volumeMounts: [{ name: 'all', mountPath: '/all' }] },
      {
        volumes: [
          {
            name: 'all',
            projected: {
              sources: [
                { configMap: { name: 'settings' } },
                { secret: { name: 'settings' } },
                { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
              ],
            },
          },
        ],
      },
    );
    await cluster.host.time.advance(50);
    const folder = `pods/${pod.metadata.uid}/volumes/kubernetes.io~projected/all`;
    const file = async (name: string) =>
      Buffer.from((await cluster.podVolumes.readFile(`${folder}/${name}`)) ?? []).toString();
    expect(await file('color')).toBe('blue');
    expect(await file('key')).toBe('secret');
    expect((await file('token')).split('.')).toHaveLength(3);

    const patch = { type: 'merge', body: { data: { color: 'red' } } } as const;
    await cluster.pass(cluster.api.patch(ConfigMap, metadata, patch));
    await cluster.host.time.advance('61s');
    expect(await file('color')).toBe('red');
  });
});
