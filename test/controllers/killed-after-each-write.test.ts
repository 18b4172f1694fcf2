import { expect, it, jest } from '@jest/globals';
import { Deployment, EndpointSlice, Pod, ReplicaSet, Service } from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import { ControllerRuntime } from '@orrery/controller';
import { DeploymentReconciler } from '../../apps/controller-manager/src/deployment/deployment.reconciler.ts';
import { EndpointSliceReconciler } from '../../apps/controller-manager/src/endpoint-slice/endpoint-slice.reconciler.ts';
import { ReplicaSetReconciler } from '../../apps/controller-manager/src/replica-set/replica-set.reconciler.ts';
import { ControllerCluster } from './controller-cluster.ts';

jest.setTimeout(60_000);

const writes = ['create', 'update', 'updateStatus', 'patch', 'delete', 'updateSubresource'];
const silent = { event: () => undefined };

/** Carries out one write, whose answer never arrives, and is dead from then on. */
function oneWriteApi(api: ApiClient): { api: ApiClient; isDead: () => boolean } {
  let isDead = false;
  const dying = new Proxy(api, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (isDead) throw new Error('killed');
        if (!writes.includes(String(name))) return method.apply(target, args);
        isDead = true;
        await method.apply(target, args);
        throw new Error('killed');
      };
    },
  });
  return { api: dying, isDead: () => isDead };
}

it('controllers that are killed after each write end where others do', async () => {
  const cluster = await ControllerCluster.start();
  await cluster.killManager();
  await cluster.do(async (api) => {
    const selector = { app: 'hello' };
    await api.create(Deployment, {
      metadata: { name: 'hello', namespace: 'default' },
      spec: {
        replicas: 3,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector } as unknown as Deployment['metadata'],
          spec: { containers: [{ name: 'web', image: 'hello:1' }] },
        },
      },
    });
    const spec = { selector, ports: [{ port: 80 }] };
    await api.create(Service, { metadata: { name: 'hello', namespace: 'default' }, spec });
  });

  let lives = 0;
  for (let quiet = 0; quiet < 2; lives++) {
    expect(lives).toBeLessThan(60);
    const { api, isDead } = oneWriteApi(cluster.api);
    const runtime = new ControllerRuntime({ ...cluster.context, api });
    const { informers } = runtime;
    runtime.register(new DeploymentReconciler(informers, silent, cluster.host.clock));
    runtime.register(new ReplicaSetReconciler(informers, silent, cluster.host.clock));
    runtime.register(new EndpointSliceReconciler(informers));
    await cluster.do(() => runtime.start());
    await cluster.host.time.advance(200);
    await cluster.do(() => runtime.stop());
    quiet = isDead() ? 0 : quiet + 1;
  }

  const [deployments, sets, pods, slices] = await cluster.do(async (api) => [
    await api.list(Deployment),
    await api.list(ReplicaSet),
    await api.list(Pod),
    await api.list(EndpointSlice, { labelSelector: 'kubernetes.io/service-name=hello' }),
  ]);
  expect(deployments.items[0]?.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
  expect(sets.items.map(({ spec }) => spec.replicas)).toEqual([3]);
  expect(pods.items).toHaveLength(3);
  expect(slices.items.map(({ endpoints }) => endpoints?.length)).toEqual([3]);
  expect(lives).toBeGreaterThan(5);
  await cluster.stop();
});
