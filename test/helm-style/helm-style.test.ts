import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HttpsCluster } from '../api/https-cluster.ts';
import { patchAnswer, WebhookServer } from '../api/webhook-server.ts';
import { Installer } from './installer.ts';

jest.setTimeout(30_000);

const namespace = 'shops';
const sizeMax = 10;

describe('a bundle that is handled as Helm does', () => {
  let cluster: HttpsCluster;
  let webhooks: WebhookServer;
  let installer: Installer;

  beforeAll(async () => {
    webhooks = await WebhookServer.start();
    webhooks.on('/validate', ({ review }) => {
      const { size } = review.request.object.spec;
      return size <= sizeMax ? { allowed: true } : { allowed: false, status: { message: `${size} is too large` } };
    });
    webhooks.on('/mutate', () => patchAnswer({ op: 'add', path: '/metadata/annotations/seen', value: 'yes' }));
    cluster = await HttpsCluster.start({
      services: ['storage', 'apiserver', 'controller-manager', 'scheduler', 'container-runtime', 'kubelet'],
    });
    await cluster.kubectl(['create', 'namespace', namespace]);
    installer = new Installer(cluster, namespace);
  });
  afterAll(async () => {
    await cluster?.stop();
    await webhooks.stop();
  });

  const values = (more: { size: number; replicas: number }) => ({
    ...more,
    webhookUrl: `https://127.0.0.1:${webhooks.port}`,
    caBundle: webhooks.caBundle,
  });

  async function object(resource: string, name: string) {
    const { exitCode, stdout } = await cluster.kubectl(['get', resource, name, '-n', namespace, '-o', 'json']);
    return exitCode === 0 ? JSON.parse(stdout) : undefined;
  }

  /** What Helm manages, as `kubectl get -l` shows it. */
  async function managed(): Promise<string[]> {
    const resources =
      'configmaps,secrets,serviceaccounts,roles,rolebindings,services,deployments,poddisruptionbudgets,ingresses,widgets,' +
      'validatingwebhookconfigurations,mutatingwebhookconfigurations';
    const selector = 'app.kubernetes.io/managed-by=Helm';
    const { stdout } = await cluster.kubectl(['get', resources, '-n', namespace, '-l', selector, '-o', 'name']);
    return stdout.trim().split('\n').toSorted();
  }

  const revisions = async () =>
    (await installer.records.of('shop')).map(({ version, status }) => `${version} ${status}`);

  const first = [
    'configmap/shop-settings',
    'deployment.apps/shop',
    'mutatingwebhookconfiguration.admissionregistration.k8s.io/shop-widgets',
    'poddisruptionbudget.policy/shop',
    'role.rbac.authorization.k8s.io/shop',
    'rolebinding.rbac.authorization.k8s.io/shop',
    'secret/shop-password',
    'service/shop',
    'serviceaccount/shop',
    'validatingwebhookconfiguration.admissionregistration.k8s.io/shop-widgets',
    'widget.shop.example.com/shop',
  ];

  it('is installed: definitions, hooks, objects in their order, hooks again', async () => {
    await installer.install('shop', 'v1', values({ size: 3, replicas: 2 }));

    expect(await revisions()).toEqual(['1 deployed']);
    expect(await managed()).toEqual(first);
    expect(await object('widget', 'shop')).toMatchObject({
      metadata: { annotations: { seen: 'yes', 'meta.helm.sh/release-name': 'shop' } },
      spec: { size: 3, colour: 'grey', notes: ['first', 'second'] },
    });
    expect((await object('deployment', 'shop')).status).toMatchObject({ readyReplicas: 2 });
    expect((await object('secret', 'shop-password')).data).toEqual({
      password: Buffer.from('secret').toString('base64'),
    });
    expect(await object('configmap', 'shop-seed')).toMatchObject({ data: { seed: '42' } });
    expect(await object('pod', 'shop-prepare')).toBeUndefined();
    expect((await object('pod', 'shop-announce')).status.phase).toBe('Succeeded');
    expect((await object('secret', 'sh.helm.release.v1.shop.v1')).type).toBe('helm.sh/release.v1');
  });

  it('is upgraded: changed, added and removed', async () => {
    // Somebody else's changes stay.
    await cluster.kubectl(['label', 'deployment/shop', '-n', namespace, 'team=blue']);
    await cluster.kubectl(['set', 'env', 'deployment/shop', '-n', namespace, 'EXTRA=1']);
    const before = await object('service', 'shop');
    await installer.upgrade('shop', 'v2', values({ size: 5, replicas: 3 }));

    expect(await revisions()).toEqual(['1 superseded', '2 deployed']);
    const gone = ['secret/shop-password', 'poddisruptionbudget.policy/shop'];
    expect(await managed()).toEqual(
      [...first.filter((name) => !gone.includes(name)), 'ingress.networking.k8s.io/shop'].toSorted(),
    );
    const deployment = await object('deployment', 'shop');
    expect(deployment).toMatchObject({
      metadata: { labels: { team: 'blue' } },
      spec: { replicas: 3 },
      status: { readyReplicas: 3, updatedReplicas: 3 },
    });
    const [container] = deployment.spec.template.spec.containers;
    expect(container).toMatchObject({ image: 'shop:2', volumeMounts: [{ name: 'settings', mountPath: '/etc/shop' }] });
    expect(new Set(container.env)).toEqual(
      new Set([
        { name: 'COLOUR', value: 'red' },
        { name: 'LEVEL', value: 'info' },
        { name: 'EXTRA', value: '1' },
      ]),
    );
    const service = await object('service', 'shop');
    expect(service.spec.ports.map(({ port }: { port: number }) => port)).toEqual([80, 81]);
    expect(service.spec.clusterIP).toBe(before.spec.clusterIP);
    expect((await object('configmap', 'shop-settings')).data).toEqual({ colour: 'red' });
    expect((await object('widget', 'shop')).spec).toEqual({ size: 5, colour: 'red' });
  });

  it('fails to be upgraded when the webhook refuses, and is what it was after a rollback', async () => {
    const upgrade = installer.upgrade('shop', 'v2', values({ size: 11, replicas: 4 }));
    await expect(upgrade).rejects.toThrow(
      /admission webhook .*widgets\.shop\.example\.com.* denied the request: 11 is too large/,
    );
    expect(await revisions()).toEqual(['1 superseded', '2 deployed', '3 failed']);
    expect((await object('deployment', 'shop')).spec.replicas).toBe(4);
    expect((await object('widget', 'shop')).spec.size).toBe(5);

    await installer.rollback('shop', 1);
    expect(await revisions()).toEqual(['1 superseded', '2 superseded', '3 failed', '4 deployed']);
    expect(await managed()).toEqual(first);
    expect((await object('widget', 'shop')).spec).toEqual({ size: 3, colour: 'grey', notes: ['first', 'second'] });
    expect((await object('configmap', 'shop-settings')).data).toEqual({ colour: 'blue', greeting: 'hello' });
    const { spec, status } = await object('deployment', 'shop');
    expect(spec).toMatchObject({ replicas: 2, template: { spec: { containers: [{ image: 'shop:1' }] } } });
    expect(status).toMatchObject({ replicas: 2, readyReplicas: 2, updatedReplicas: 2 });
  });

  it('is uninstalled, the other way round; definitions stay', async () => {
    await installer.uninstall('shop');

    expect(await revisions()).toEqual([]);
    expect(await managed()).toEqual(['']);
    expect(await object('pod', 'shop-backup')).toBeUndefined();
    expect(await object('configmap', 'shop-seed')).toBeDefined();
    const wait = ['wait', '--for=delete', 'pods', '-l', 'app=shop', '-n', namespace, '--timeout=20s'];
    expect((await cluster.kubectl(wait)).exitCode).toBe(0);
    expect(await object('crd', 'widgets.shop.example.com')).toBeDefined();
  });
});
