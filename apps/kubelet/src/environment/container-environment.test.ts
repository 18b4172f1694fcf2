import { describe, expect, it } from '@jest/globals';
import type { Container, Service } from '@orrery/api';
import { testContainer, testPod } from '../pod-lifecycle/test-pod.fixture.ts';
import { containerEnvironment, expandCommand } from './container-environment.ts';
import { expandVariables } from './expand-variables.ts';
import { serviceEnvironment } from './service-environment.ts';

const meta = (name: string, namespace = 'default') => ({
  name,
  namespace,
  uid: name,
  creationTimestamp: '',
  resourceVersion: '1',
});
const service = (
  name: string,
  namespace: string,
  clusterIP: string,
  ports: { name?: string; port: number }[],
): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name, namespace),
  spec: { clusterIP, ports },
  status: {},
});
const services = [
  service('kubernetes', 'default', '10.96.0.1', [{ name: 'https', port: 443 }]),
  service('other', 'elsewhere', '10.96.0.9', [{ port: 80 }]),
];
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta('settings'),
  data: { COLOR: 'blue', SIZE: 'xl' },
};
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: meta('keys'), data: { token: 'c2VjcmV0' } };
const objects = {
  configMap: async (_namespace: string, name: string) => (name === 'settings' ? configMap : undefined),
  secret: async (_namespace: string, name: string) => (name === 'keys' ? secret : undefined),
};

function environment(container: Partial<Container>, namespace = 'default') {
  const pod = testPod({ nodeName: 'node-1', serviceAccountName: 'robot' }, { labels: { app: 'shop' }, namespace });
  return containerEnvironment({
    pod,
    container: testContainer('web', container),
    podIps: ['10.244.0.2'],
    nodeIp: '192.168.0.1',
    allocatable: { cpu: '4', memory: '8Gi' },
    services,
    objects,
  });
}
const one = async (valueFrom: NonNullable<Container['env']>[number]['valueFrom'], more: Partial<Container> = {}) =>
  (await environment({ env: [{ name: 'X', valueFrom }], ...more })).get('X');

describe('expandVariables', () => {
  it.each([
    ['$(A)-$(B)', '1-$(B)'],
    ['$$(A)', '$(A)'],
    ['$A $ $(', '$A $ $('],
  ])('%s becomes %s', (text, expected) => expect(expandVariables(text, (name) => ({ A: '1' })[name])).toBe(expected));
});

describe('a container’s environment', () => {
  it('names the services that it sees', async () => {
    const found = await environment({});
    expect(found.get('KUBERNETES_SERVICE_HOST')).toBe('10.96.0.1');
    expect(found.get('KUBERNETES_SERVICE_PORT_HTTPS')).toBe('443');
    expect(found.get('KUBERNETES_PORT_443_TCP')).toBe('tcp://10.96.0.1:443');
    expect(found.has('OTHER_SERVICE_HOST')).toBe(false);
    const elsewhere = await environment({}, 'elsewhere');
    expect(elsewhere.get('OTHER_SERVICE_HOST')).toBe('10.96.0.9');
    expect(elsewhere.get('KUBERNETES_SERVICE_HOST')).toBe('10.96.0.1');
  });

  it('leaves headless services out', () => {
    expect(serviceEnvironment([service('db', 'default', 'None', [{ port: 5432 }])]).size).toBe(0);
  });

  it('takes whole objects, then single values, which may use those before', async () => {
    const found = await environment({
      envFrom: [{ configMapRef: { name: 'settings' } }, { prefix: 'S_', secretRef: { name: 'keys' } }],
      env: [
        { name: 'SIZE', value: 'm' },
        { name: 'SHIRT', value: '$(COLOR) $(SIZE) at $(KUBERNETES_SERVICE_HOST)' },
      ],
    });
    expect(found.get('SHIRT')).toBe('blue m at 10.96.0.1');
    expect(found.get('S_token')).toBe('secret');
    expect(expandCommand(['echo', '$(SHIRT)'], new Map([['SHIRT', 'red']]))).toEqual(['echo', 'red']);
  });

  it('refers to fields and resources', async () => {
    expect(await one({ fieldRef: { fieldPath: 'metadata.name' } })).toBe('web');
    expect(await one({ fieldRef: { fieldPath: "metadata.labels['app']" } })).toBe('shop');
    expect(await one({ fieldRef: { fieldPath: 'status.podIP' } })).toBe('10.244.0.2');
    expect(await one({ fieldRef: { fieldPath: 'status.hostIP' } })).toBe('192.168.0.1');
    expect(await one({ resourceFieldRef: { resource: 'limits.cpu' } })).toBe('4');
    const resources = { requests: { cpu: '250m', memory: '64Mi' } };
    expect(await one({ resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } }, { resources })).toBe('250');
    expect(await one({ resourceFieldRef: { resource: 'requests.cpu' } }, { resources })).toBe('1');
    expect(await one({ resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } }, { resources })).toBe('64');
  });

  const missing: [string, NonNullable<Container['env']>[number]['valueFrom'], string][] = [
    ['a ConfigMap', { configMapKeyRef: { name: 'none', key: 'a' } }, 'configmap "none" not found'],
    [
      'its key',
      { configMapKeyRef: { name: 'settings', key: 'a' } },
      "couldn't find key a in ConfigMap default/settings",
    ],
    ['a Secret', { secretKeyRef: { name: 'none', key: 'a' } }, 'secret "none" not found'],
    ['its key', { secretKeyRef: { name: 'keys', key: 'a' } }, "couldn't find key a in Secret default/keys"],
  ];
  it.each(missing)('cannot be made without %s', async (_what, valueFrom, message) => {
    await expect(one(valueFrom)).rejects.toThrow(message);
  });

  it('can be made without what is optional', async () => {
    expect(await one({ configMapKeyRef: { name: 'none', key: 'a', optional: true } })).toBeUndefined();
    expect(
      (await environment({ envFrom: [{ secretRef: { name: 'none', optional: true } }] })).get('token'),
    ).toBeUndefined();
  });
});
