import { expect, it, jest } from '@jest/globals';
import { Deployment, EndpointSlice, Pod, ReplicaSet, Service } from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import { ControllerRuntime } from '@orrery/controller';
import { startCluster } from '@orrery/testing';
import { DeploymentReconciler } from '../../apps/controller-manager/src/deployment/deployment.reconciler.ts';
import { EndpointSliceReconciler } from '../../apps/controller-manager/src/endpoint-slice/endpoint-slice.reconciler.ts';
import { ReplicaSetReconciler } from '../../apps/controller-manager/src/replica-set/replica-set.reconciler.ts';
import { deployment } from '../cluster/deployment.fixture.ts';

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
