import { expect, it, jest } from '@jest/globals';
import {
  Deployment,
  EndpointSlice,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  ResourceQuota,
  Service,
} from '@orrery/api';
import { ControllerRuntime } from '@orrery/controller';
import { startCluster } from '@orrery/testing';
import { DeploymentReconciler } from '../../apps/controller-manager/src/deployment/deployment.reconciler.ts';
import { DisruptionReconciler } from '../../apps/controller-manager/src/disruption/disruption.reconciler.ts';
import { EndpointSliceReconciler } from '../../apps/controller-manager/src/endpoint-slice/endpoint-slice.reconciler.ts';
import { ObjectGraph } from '../../apps/controller-manager/src/object-graph/object-graph.ts';
import { PvProtectionReconciler } from '../../apps/controller-manager/src/pv-protection/pv-protection.reconciler.ts';
import { PvcProtectionReconciler } from '../../apps/controller-manager/src/pvc-protection/pvc-protection.reconciler.ts';
import { ReplicaSetReconciler } from '../../apps/controller-manager/src/replica-set/replica-set.reconciler.ts';
import { ReplicationControllerReconciler } from '../../apps/controller-manager/src/replication-controller/replication-controller.reconciler.ts';
import { ResourceQuotaReconciler } from '../../apps/controller-manager/src/resource-quota/resource-quota.reconciler.ts';
import { deployment } from '../cluster/deployment.fixture.ts';
import { oneWriteApi } from './one-write-api.ts';

jest.setTimeout(60_000);

const silent = { event: () => undefined };

it('controllers that are killed after each write end where others do', async () => {
  const tested = ['deployment-controller', 'replicaset-controller', 'endpointslice-controller'];
  const cluster = await startCluster({ controllers: ['*', ...tested.map((name) => `-${name}`)] });
  const context = await cluster.connect('tested');
  await cluster.settle(cluster.api.create(Deployment, deployment('hello', 3)));
  await cluster.settle(
    cluster.api.create(Service, {
      metadata: { name: 'hello', namespace: 'default' },
      spec: { selector: { app: 'hello' }, ports: [{ port: 80 }] },
    }),
  );

  let lives = 0;
  for (let quiet = 0; quiet < 2; lives++) {
    expect(lives).toBeLessThan(60);
    const { api, isDead } = oneWriteApi(context.api);
    const runtime = new ControllerRuntime({ ...context, api });
    const { informers } = runtime;
    runtime.register(new DeploymentReconciler(informers, silent, context.host.clock));
    runtime.register(new ReplicaSetReconciler(informers, silent, context.host.clock));
    runtime.register(new EndpointSliceReconciler(informers));
    await cluster.settle(runtime.start());
    await cluster.time.advance(200);
    await cluster.settle(runtime.stop());
    quiet = isDead() ? 0 : quiet + 1;
  }

  const [deployments, sets, pods, slices] = await cluster.settle(
    Promise.all([
      cluster.api.list(Deployment),
      cluster.api.list(ReplicaSet),
      cluster.api.list(Pod),
      cluster.api.list(EndpointSlice, { labelSelector: 'kubernetes.io/service-name=hello' }),
    ]),
  );
  expect(deployments.items[0]?.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
  expect(sets.items.map(({ spec }) => spec.replicas)).toEqual([3]);
  expect(pods.items).toHaveLength(3);
  expect(slices.items.map(({ endpoints }) => endpoints?.length)).toEqual([3]);
  expect(lives).toBeGreaterThan(5);
  await cluster.close();
});

it('so do those of replicas, budgets, quotas and protection', async () => {
  const tested = [
    'replicationcontroller-controller',
    'disruption-controller',
    'resourcequota-controller',
    'persistentvolumeclaim-protection-controller',
    'persistentvolume-protection-controller',
  ];
  const cluster = await startCluster({ controllers: ['*', ...tested.map((name) => `-${name}`)] });
  const context = await cluster.connect('tested');
  const { api, settle } = { api: cluster.api, settle: cluster.settle.bind(cluster) };
  const metadata = { name: 'hello', namespace: 'default' };
  const labels = { app: 'hello' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'hello:1' }] } };
  await settle(api.create(ReplicationController, { metadata, spec: { replicas: 2, selector: labels, template } }));
  await settle(
    api.create(PodDisruptionBudget, { metadata, spec: { minAvailable: '50%', selector: { matchLabels: labels } } }),
  );
  await settle(api.create(ResourceQuota, { metadata, spec: { hard: { pods: '5' } } }));
  await settle(
    api.create(PersistentVolumeClaim, {
      metadata,
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }),
  );
  await settle(api.delete(PersistentVolumeClaim, metadata));

  let lives = 0;
  for (let quiet = 0; quiet < 2; lives++) {
    expect(lives).toBeLessThan(60);
    const { api: dying, isDead } = oneWriteApi(context.api);
    const runtime = new ControllerRuntime({ ...context, api: dying });
    const graph = new ObjectGraph({ ...context, api: dying });
    const { informers } = runtime;
    runtime.register(new ReplicationControllerReconciler(informers, silent, context.host.clock));
    runtime.register(new DisruptionReconciler(informers, silent, context.host.clock));
    runtime.register(new ResourceQuotaReconciler(informers, graph, context.host.clock));
    runtime.register(new PvcProtectionReconciler(informers));
    runtime.register(new PvProtectionReconciler(informers));
    await settle(graph.start());
    await settle(runtime.start());
    await cluster.time.advance(2000);
    await settle(runtime.stop());
    await settle(graph.stop());
    quiet = isDead() ? 0 : quiet + 1;
  }

  const controller = await settle(api.get(ReplicationController, metadata));
  expect(controller?.status).toMatchObject({ replicas: 2, readyReplicas: 2, availableReplicas: 2 });
  expect((await settle(api.list(Pod, { namespace: 'default' }))).items).toHaveLength(2);
  const budget = await settle(api.get(PodDisruptionBudget, metadata));
  expect(budget?.status).toMatchObject({
    expectedPods: 2,
    desiredHealthy: 1,
    currentHealthy: 2,
    disruptionsAllowed: 1,
  });
  expect((await settle(api.get(ResourceQuota, metadata)))?.status.used).toEqual({ pods: '2' });
  expect(await settle(api.get(PersistentVolumeClaim, metadata))).toBeUndefined();
  expect(lives).toBeGreaterThan(5);
  await cluster.close();
});
