import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigMap, Lease, Node, Pod, Secret } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import { NodePods, startNode } from './node-pods.fixture.ts';

describe('a node', () => {
  let cluster: TestCluster;
  let pods: NodePods;

  beforeEach(async () => {
    cluster = await startNode({ settings: { kubelet: { nodeIp: '192.168.0.1' } } });
    pods = new NodePods(cluster);
  });

  afterEach(() => cluster.close());

  const ready = (pod: Pod | undefined) => pod?.status.conditions?.find(({ type }) => type === 'Ready')?.status;
  const web = (pod: Pod) => pod.status.containerStatuses?.[0];

  it('registers itself, is Ready at once and holds a Lease', async () => {
    const node = await cluster.settle(cluster.api.get(Node, { namespace: '', name: 'node-1' }));
    expect(node?.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux' });
    expect(node?.status.nodeInfo?.kubeletVersion).toBe('v1.36.0-orrery');
    expect(node?.status.conditions?.at(-1)).toMatchObject({ type: 'Ready', status: 'True', reason: 'KubeletReady' });
    expect(node?.status.conditions?.at(-1)?.lastTransitionTime).toBe(node?.metadata.creationTimestamp);

    await cluster.time.advance('11s');
    const lease = await cluster.settle(cluster.api.get(Lease, { namespace: 'kube-node-lease', name: 'node-1' }));
    expect(lease?.spec).toMatchObject({ holderIdentity: 'node-1', leaseDurationSeconds: 40 });
  });

  it('registers again after its node was deleted', async () => {
    await cluster.settle(cluster.api.delete(Node, { namespace: '', name: 'node-1' }));
    await cluster.time.advance('11s');
    expect(await cluster.settle(cluster.api.get(Node, { namespace: '', name: 'node-1' }))).toBeDefined();
  });

  it('says again that a pod is Ready when somebody else has said otherwise', async () => {
    await pods.create('hello');
    await cluster.time.advance(20);
    const pod = await pods.existing('hello');
    const conditions = pod.status.conditions?.map((condition) =>
      condition.type === 'Ready' ? { ...condition, status: 'False' } : condition,
    );
    const changed = { ...pod, status: { ...pod.status, conditions } };
    const written = await cluster.settle(cluster.api.updateStatus(Pod, changed));
    expect(ready(written)).toBe('False');

    await cluster.time.advance(20);
    const after = await pods.existing('hello');
    expect(ready(after)).toBe('True');
    await cluster.time.advance('30s');
    expect((await pods.existing('hello')).metadata.resourceVersion).toBe(after.metadata.resourceVersion);
  });

  it('runs a pod that is bound to it, without any time passing', async () => {
    await pods.create('hello', { readinessProbe: { httpGet: { port: 80, path: '/' } } });
    await cluster.time.advance(20);

    const pod = await pods.existing('hello');
    expect(pod.status).toMatchObject({ phase: 'Running', hostIP: '192.168.0.1', qosClass: 'BestEffort' });
    expect(pod.status.podIP).toMatch(/^10\.244\.0\./);
    expect(ready(pod)).toBe('True');
    expect(web(pod)).toMatchObject({ name: 'web', ready: true, started: true, restartCount: 0 });
    expect(await pods.events('hello')).toEqual(
      expect.arrayContaining(['Normal Created Container created', 'Normal Started Container started']),
    );
  });

  it('takes a deleted pod away: containers, logs, volumes, and at last the object', async () => {
    await pods.create('hello');
    await cluster.time.advance(20);
    await cluster.settle(cluster.api.delete(Pod, { namespace: 'default', name: 'hello' }));
    await cluster.time.advance('1s');

    expect(await pods.get('hello')).toBeUndefined();
    expect(await cluster.nodeDisk('node-1', 'logs').list('')).toEqual([]);
    expect(await cluster.nodeDisk('node-1', 'volumes').list('pods')).toEqual([]);
    expect(await pods.events('hello')).toContain('Normal Killing Stopping container web');
  });

  it('says of an image that does not exist what upstream says', async () => {
    await pods.create('broken', { image: 'does-not-exist:1' });
    await cluster.time.advance(100);
    expect(web(await pods.existing('broken'))?.state?.waiting?.reason).toBe('ErrImagePull');
    await cluster.time.advance('2s');
    const waiting = web(await pods.existing('broken'))?.state?.waiting;
    expect(waiting?.reason).toBe('ImagePullBackOff');
    expect(waiting?.message).toMatch(/^Back-off pulling image "does-not-exist:1": ErrImagePull: /);
  });

  it('restarts a container that keeps failing, more and more slowly', async () => {
    await pods.create('crash', { command: ['sh', '-c', 'exit 1'] });
    await cluster.time.advance('1s');
    const first = await pods.existing('crash');
    expect(web(first)).toMatchObject({ restartCount: 1, ready: false });
    expect(web(first)?.state?.waiting).toEqual({
      reason: 'CrashLoopBackOff',
      message: `back-off 10s restarting failed container=web pod=crash_default(${first.metadata.uid})`,
    });
    expect(web(first)?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });

    await cluster.time.advance('11s');
    expect(web(await pods.existing('crash'))).toMatchObject({ restartCount: 2 });
    await cluster.time.advance('15s');
    expect(web(await pods.existing('crash'))).toMatchObject({ restartCount: 2 });
    await cluster.time.advance('6s');
    expect(web(await pods.existing('crash'))).toMatchObject({ restartCount: 3 });
  });

  it('waits for a ConfigMap and starts the container when it is there', async () => {
    await pods.create('needy', { envFrom: [{ configMapRef: { name: 'settings' } }] });
    await cluster.time.advance(100);
    expect(web(await pods.existing('needy'))?.state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'configmap "settings" not found',
    });
    await cluster.settle(
      cluster.api.create(ConfigMap, { metadata: { name: 'settings', namespace: 'default' }, data: { COLOR: 'blue' } }),
    );
    await cluster.time.advance('11s');
    expect((await pods.existing('needy')).status.phase).toBe('Running');
  });

  it('ends a pod that is never restarted, and remembers how it ended', async () => {
    const once = { restartPolicy: 'Never' };
    await pods.create('good', { command: ['true'] }, once);
    await pods.create('bad', { command: ['sh', '-c', 'exit 3'] }, once);
    await cluster.time.advance('1s');

    const good = await pods.existing('good');
    expect(good.status.phase).toBe('Succeeded');
    expect(web(good)?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    const bad = await pods.existing('bad');
    expect(bad.status.phase).toBe('Failed');
    expect(web(bad)?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  });

  it('runs init containers in order, and keeps a sidecar beside the main container', async () => {
    const initContainers = [
      { name: 'first', image: 'hello:1', command: ['true'] },
      { name: 'proxy', image: 'hello:1', restartPolicy: 'Always' },
      { name: 'second', image: 'hello:1', command: ['sleep', '5'] },
    ];
    await pods.create('staged', {}, { initContainers });
    await cluster.time.advance('1s');
    const waiting = await pods.existing('staged');
    expect(waiting.status.phase).toBe('Pending');
    expect(web(waiting)?.state?.waiting?.reason).toBe('PodInitializing');
    expect(waiting.status.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [second]',
    });

    await cluster.time.advance('5s');
    const running = await pods.existing('staged');
    expect(running.status.phase).toBe('Running');
    expect(ready(running)).toBe('True');
    expect(running.status.initContainerStatuses?.map(({ ready: isReady }) => isReady)).toEqual([true, true, true]);
  });

  it('restarts a container whose liveness probe fails', async () => {
    const probe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 };
    await pods.create('sick', { livenessProbe: probe });
    await cluster.time.advance('3s');
    expect(web(await pods.existing('sick'))?.restartCount).toBeGreaterThanOrEqual(1);
    const events = await pods.events('sick');
    expect(events).toContain('Normal Killing Container web failed liveness probe, will be restarted');
    expect(events.some((event) => event.startsWith('Warning Unhealthy Liveness probe failed: '))).toBe(true);
  });

  it('goes on with running containers after it was restarted', async () => {
    await pods.create('steady', { readinessProbe: { httpGet: { port: 80 } } });
    await cluster.time.advance(50);
    const before = await pods.existing('steady');
    await cluster.stop('kubelet-node-1');
    await pods.create('late');
    await cluster.start('kubelet-node-1');
    await cluster.time.advance('1s');

    const after = await pods.existing('steady');
    expect(web(after)?.containerID).toBe(web(before)?.containerID);
    expect(web(after)?.restartCount).toBe(0);
    expect(ready(after)).toBe('True');
    expect((await pods.existing('late')).status.phase).toBe('Running');
  });

  it('removes what runs of pods that were deleted while it was away', async () => {
    await pods.create('orphan');
    await cluster.time.advance(50);
    await cluster.stop('kubelet-node-1');
    await cluster.settle(cluster.api.delete(Pod, { namespace: 'default', name: 'orphan' }, { gracePeriodSeconds: 0 }));
    await cluster.start('kubelet-node-1');
    await cluster.time.advance('1s');
    expect(await cluster.nodeDisk('node-1', 'logs').list('')).toEqual([]);
  });

  it('ends a pod at its deadline', async () => {
    await pods.create('slow', {}, { activeDeadlineSeconds: 5 });
    await cluster.time.advance('4s');
    expect((await pods.existing('slow')).status.phase).toBe('Running');
    await cluster.time.advance('32s');
    expect((await pods.existing('slow')).status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  it('refuses a pod that does not fit', async () => {
    await pods.create('huge', { resources: { requests: { cpu: '64' } } });
    await cluster.time.advance(50);
    expect((await pods.existing('huge')).status).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: 0, capacity: 8000",
    });
  });

  it('mounts ConfigMaps, Secrets and tokens, and follows their changes', async () => {
    const metadata = { name: 'settings', namespace: 'default' };
    await cluster.settle(cluster.api.create(ConfigMap, { metadata, data: { color: 'blue' } }));
    await cluster.settle(cluster.api.create(Secret, { metadata, data: { key: 'c2VjcmV0' } }));
    const pod = await pods.create(
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
    await cluster.time.advance(50);
    const folder = `pods/${pod.metadata.uid}/volumes/kubernetes.io~projected/all`;
    const file = async (name: string) =>
      Buffer.from((await cluster.nodeDisk('node-1', 'volumes').readFile(`${folder}/${name}`)) ?? []).toString();
    expect(await file('color')).toBe('blue');
    expect(await file('key')).toBe('secret');
    expect((await file('token')).split('.')).toHaveLength(3);

    const patch = { type: 'merge', body: { data: { color: 'red' } } } as const;
    await cluster.settle(cluster.api.patch(ConfigMap, metadata, patch));
    await cluster.time.advance('61s');
    expect(await file('color')).toBe('red');
  });
});
