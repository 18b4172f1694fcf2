import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { ConfigMap } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { exchange } from '../../api/https-exchange.ts';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

describe('service accounts', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ https: true });
  });
  afterAll(() => cluster.close());

  const requestsIn = (namespace: TestNamespace, resource: string) =>
    new ResourceRequests(cluster, namespace.path(resource));
  const https = (path: string) => exchange({ port: cluster.apiPort ?? 0, certificates: cluster.certificates }, path);
  const review = async (token: string): Promise<ReadObject> => {
    const reviews = new ResourceRequests(cluster, '/apis/authentication.k8s.io/v1/tokenreviews');
    return (await reviews.create({ spec: { token } })).status;
  };

  /** Runs one container to its end, and answers what it has printed. */
  const outputOf = async (namespace: TestNamespace, name: string, spec: object, command: string[], mounts?: object) => {
    const pods = requestsIn(namespace, 'pods');
    await pods.create({
      metadata: { name },
      spec: { restartPolicy: 'Never', containers: [{ name: 'test', image: 'busybox', command, ...mounts }], ...spec },
    });
    await eventually(cluster, async () => (await pods.get(name)).status.phase === 'Succeeded');
    return (await https(namespace.path(`pods/${name}/log`))).text;
  };

  conformance('[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount', async () => {
    const namespace = await TestNamespace.create(cluster, 'account-lifecycle');
    const accounts = requestsIn(namespace, 'serviceaccounts');
    const everywhere = new ResourceRequests(cluster, '/api/v1/serviceaccounts');
    const label = 'labelSelector=test-serviceaccount-static=true';
    const name = 'testserviceaccount';
    const { metadata } = await accounts.list(label);
    const created = await accounts.create({ metadata: { name, labels: { 'test-serviceaccount-static': 'true' } } });
    expect((await accounts.get(name)).metadata.uid).toBe(created.metadata.uid);
    await accounts.strategicPatch(name, { automountServiceAccountToken: false });
    expect((await everywhere.list(label)).items).toMatchObject([
      { metadata: { name, namespace: namespace.name }, automountServiceAccountToken: false },
    ]);
    await accounts.deleteCollection('');
    const events = await accounts.watchedSince(metadata.resourceVersion, 3, label);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  conformance('[sig-auth] ServiceAccounts should update a ServiceAccount', async () => {
    const accounts = requestsIn(await TestNamespace.create(cluster, 'account-update'), 'serviceaccounts');
    const created = await accounts.create({ metadata: { name: 'e2e-sa' }, automountServiceAccountToken: false });
    expect(created.automountServiceAccountToken).toBe(false);
    const updated = await accounts.update('e2e-sa', (account) => {
      account.automountServiceAccountToken = true;
    });
    expect(updated.automountServiceAccountToken).toBe(true);
  });

  conformance('[sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace', async () => {
    const namespace = await TestNamespace.create(cluster, 'root-ca');
    const configMaps = requestsIn(namespace, 'configmaps');
    const key = { namespace: namespace.name, name: 'kube-root-ca.crt' };
    const first = await cluster.waitFor(ConfigMap, key, (configMap) => configMap !== undefined);
    await configMaps.delete(key.name, { gracePeriodSeconds: 0 });
    const isNew = (configMap?: ConfigMap) => configMap !== undefined && configMap.metadata.uid !== first?.metadata.uid;
    await cluster.waitFor(ConfigMap, key, isNew);
    await configMaps.replace(key.name, { metadata: { name: key.name }, data: { 'ca.crt': '' } });
    const { certificate } = cluster.certificates.authority;
    await cluster.waitFor(ConfigMap, key, (configMap) => configMap?.data?.['ca.crt'] === certificate);
  });

  conformance('[sig-auth] ServiceAccounts should allow opting out of API token automount', async () => {
    const namespace = await TestNamespace.create(cluster, 'automount');
    const accounts = requestsIn(namespace, 'serviceaccounts');
    await accounts.create({ metadata: { name: 'mount' }, automountServiceAccountToken: true });
    await accounts.create({ metadata: { name: 'nomount' }, automountServiceAccountToken: false });
    const mounts = async (serviceAccountName: string, automountServiceAccountToken?: boolean) => {
      const spec = { serviceAccountName, automountServiceAccountToken, restartPolicy: 'Never' };
      const pod = await requestsIn(namespace, 'pods').create({
        metadata: { generateName: 'pod-service-account-' },
        spec: { ...spec, containers: [{ name: 'token-test', image: 'agnhost' }] },
      });
      const [{ volumeMounts = [] }] = pod.spec.containers;
      return volumeMounts.some((mount: { mountPath: string }) => mount.mountPath === mountPath);
    };
    expect([await mounts('default'), await mounts('mount'), await mounts('nomount')]).toEqual([true, true, false]);
    for (const account of ['default', 'mount', 'nomount']) {
      expect([await mounts(account, true), await mounts(account, false)]).toEqual([true, false]);
    }
  });

  conformance(
    '[sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'token-review');
      const accounts = requestsIn(namespace, 'serviceaccounts');
      await accounts.create({ metadata: { name: 'e2e' }, automountServiceAccountToken: false });
      const { status } = await requestsIn(namespace, 'serviceaccounts/e2e/token').create({
        spec: { audiences: [], expirationSeconds: 3600 },
      });
      expect(await review(status.token)).toMatchObject({
        authenticated: true,
        user: { username: `system:serviceaccount:${namespace.name}:e2e` },
      });
    },
  );

  conformance('[sig-auth] ServiceAccounts should mount an API token into pods', async () => {
    const namespace = await TestNamespace.create(cluster, 'mounted-token');
    const accounts = requestsIn(namespace, 'serviceaccounts');
    await accounts.create({ metadata: { name: 'mount-test' } });
    const spec = { serviceAccountName: 'mount-test' };
    const read = (file: string) => outputOf(namespace, `reads-${file}`, spec, ['cat', `${mountPath}/${file}`]);
    expect(await read('namespace')).toBe(namespace.name);
    expect((await read('ca.crt')).trim()).toBe(cluster.certificates.authority.certificate.trim());
    const { authenticated, user, error } = await review(await read('token'));
    expect({ authenticated, error }).toEqual({ authenticated: true, error: undefined });
    expect(user.username).toBe(`system:serviceaccount:${namespace.name}:mount-test`);
    expect(user.groups).toEqual(
      expect.arrayContaining([
        'system:authenticated',
        'system:serviceaccounts',
        `system:serviceaccounts:${namespace.name}`,
      ]),
    );
  });

  const projectedToken = (serviceAccountToken: object) => ({
    volumes: [{ name: 'test-volume', projected: { sources: [{ serviceAccountToken }] } }],
  });
  const tokenMount = { volumeMounts: [{ name: 'test-volume', mountPath: '/test-volume', readOnly: true }] };

  conformance('[sig-auth] ServiceAccounts should mount projected service account token', async () => {
    const namespace = await TestNamespace.create(cluster, 'projected-token');
    const spec = projectedToken({ path: 'token', expirationSeconds: 3600 });
    const output = await outputOf(namespace, 'test-pod', spec, ['cat', '/test-volume/token'], tokenMount);
    expect(output).toMatch(/^[\w\-=]+\.[\w\-=]+\.?[\w\-.+/=]*$/);
  });

  conformance(
    '[sig-auth] ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'oidc');
      const spec = projectedToken({ path: 'token', expirationSeconds: 600, audience: 'oidc-discovery-test' });
      const token = await outputOf(namespace, 'validator', spec, ['cat', '/test-volume/token'], tokenMount);
      const { body: configuration } = await https('/.well-known/openid-configuration');
      const keys = await https(new URL(configuration.jwks_uri).pathname);
      expect(keys.headers['content-type']).toBe('application/jwk-set+json');

      const [head = '', body = '', signature = ''] = token.split('.');
      const [header, claims] = [head, body].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
      expect(claims).toMatchObject({ iss: configuration.issuer, aud: ['oidc-discovery-test'] });
      expect(configuration.id_token_signing_alg_values_supported).toContain(header.alg);
      const published = (JSON.parse(keys.text).keys as (JsonWebKey & { kid: string })[]).find(
        ({ kid }) => kid === header.kid,
      );
      const key = createPublicKey({ key: published ?? {}, format: 'jwk' });
      const signed = Buffer.from(`${head}.${body}`);
      const check = { key, dsaEncoding: 'ieee-p1363' as const };
      expect(verify('sha256', signed, check, Buffer.from(signature, 'base64url'))).toBe(true);
    },
  );
});
