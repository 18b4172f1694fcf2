import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HttpsCluster } from './https-cluster.ts';
import { type ExchangeOptions, exchange } from './https-exchange.ts';

jest.setTimeout(30_000);

const configMaps = '/api/v1/namespaces/default/configmaps';
const audit = {
  policy: { rules: [{ level: 'RequestResponse' as const, resources: [{ group: '', resources: ['configmaps'] }] }] },
  path: 'audit.log',
};

/** What surrounds every request: identity, audit, fairness, limits, encodings. Over real HTTPS. */
describe('the request pipeline', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start({ settings: { apiserver: { audit } } });
  });
  afterAll(() => cluster.stop());

  const get = (path: string, headers: ExchangeOptions['headers'] = {}, rest: ExchangeOptions = {}) =>
    exchange(cluster, path, { headers, ...rest });
  const whoAmI = async (headers: Record<string, string | string[]>) => {
    const body = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}';
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    return (await exchange(cluster, path, { method: 'POST', body, headers })).body;
  };

  it('acts as another user with all that he has', async () => {
    const { status } = await whoAmI({
      'Impersonate-User': 'jane',
      'Impersonate-Group': ['developers', 'testers, and others'],
      'Impersonate-Uid': '42',
      'Impersonate-Extra-Scopes': ['view', 'edit'],
      'Impersonate-Extra-Acme.com%2Fproject': 'some',
    });
    expect(status.userInfo).toEqual({
      username: 'jane',
      uid: '42',
      groups: ['developers', 'testers, and others', 'system:authenticated'],
      extra: { scopes: ['view', 'edit'], 'acme.com/project': ['some'] },
    });
  });

  it('gives an impersonated service account its groups', async () => {
    const { status } = await whoAmI({ 'Impersonate-User': 'system:serviceaccount:a:b' });
    expect(status.userInfo.groups).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:a',
      'system:authenticated',
    ]);
  });

  it('authorizes the impersonated user, and whoever impersonates', async () => {
    const asJane = await get(configMaps, { 'Impersonate-User': 'jane' });
    expect([asJane.status, asJane.body.message]).toEqual([
      403,
      'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"',
    ]);
    const stranger = await get(
      configMaps,
      { 'Impersonate-Group': 'system:masters', 'Impersonate-User': 'x' },
      { as: 'nobody' },
    );
    expect([stranger.status, stranger.body.message]).toEqual([
      403,
      'users "x" is forbidden: User "system:anonymous" cannot impersonate resource "users" in API group "" at the cluster scope',
    ]);
    expect((await get(configMaps, { 'Impersonate-Group': 'a' })).status).toBe(400);
  });

  it('names each request, by the client’s name where it has one', async () => {
    expect((await get('/version')).headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await get('/version', { 'Audit-Id': 'mine' })).headers['audit-id']).toBe('mine');
  });

  it('writes down what the policy asks for', async () => {
    await exchange(cluster, configMaps, {
      method: 'POST',
      headers: { 'Audit-Id': 'audited', 'User-Agent': 'test/1' },
      body: '{"metadata":{"name":"audited"},"data":{"a":"1"}}',
    });
    await get('/api/v1/namespaces/default/secrets', { 'Audit-Id': 'not audited' });
    const events = await cluster.auditEvents(audit.path);
    expect(
      events.map(({ auditID, stage }) => `${auditID} ${stage}`).filter((line) => line.includes('audited')),
    ).toEqual(['audited RequestReceived', 'audited ResponseComplete']);
    expect(events.find(({ auditID, stage }) => auditID === 'audited' && stage === 'ResponseComplete')).toMatchObject({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      requestURI: configMaps,
      verb: 'create',
      user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'test/1',
      objectRef: { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { metadata: { name: 'audited' }, data: { a: '1' } },
      responseObject: { kind: 'ConfigMap', metadata: { name: 'audited' } },
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    });
  });

  it('tells which flow a request belonged to', async () => {
    const schemas = (await get('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas')).body.items;
    const uidOf = (name: string) =>
      schemas.find(({ metadata }: { metadata: { name: string } }) => metadata.name === name)?.metadata.uid;
    const flowOf = async (headers: Record<string, string>) =>
      (await get('/version', headers)).headers['x-kubernetes-pf-flowschema-uid'];
    expect(await flowOf({})).toBe(uidOf('exempt'));
    expect(await flowOf({ 'Impersonate-User': 'jane' })).toBe(uidOf('global-default'));
    const dump = (await get('/debug/api_priority_and_fairness/dump_priority_levels')).text;
    expect(dump).toMatch(/^PriorityLevelName, ActiveQueues, IsIdle, /);
    expect(dump).toMatch(/\nglobal-default, +0, +true, +false, /);
  });

  it.each([
    ['a shape that there is not', configMaps, { Accept: 'application/json;as=Nothing;g=meta.k8s.io;v=v1' }, 406],
    ['a media type that there is not', configMaps, { Accept: 'application/xml' }, 406],
    [
      'a table in protobuf',
      configMaps,
      { Accept: 'application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1' },
      406,
    ],
    ['one of several', configMaps, { Accept: 'application/xml, application/json;q=0.5' }, 200],
    ['a time that is none', `${configMaps}?timeout=soon`, {}, 400],
  ])('answers a request for %s', async (_, path, headers, status) => {
    const answer = await get(path, headers);
    expect(answer.status).toBe(status);
    if (status !== 200) expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
  });

  it('compresses what is large, for clients that can read it', async () => {
    for (const name of ['large-1', 'large-2']) {
      const body = JSON.stringify({ metadata: { name }, data: { text: 'x'.repeat(100_000) } });
      await exchange(cluster, configMaps, { method: 'POST', body });
    }
    const gzip = await get(configMaps, { 'Accept-Encoding': 'gzip' });
    expect(gzip.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gzip.bytes.length).toBeLessThan(10_000);
    const plain = await get(configMaps);
    expect(plain.headers['content-encoding']).toBeUndefined();
    // The lists differ in their resource version where something else was written in between.
    expect(JSON.parse(gunzipSync(gzip.bytes).toString('utf8')).items).toEqual(plain.body.items);
    const small = await get(`${configMaps}/audited`, { 'Accept-Encoding': 'gzip' });
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('takes no body beyond its limit', async () => {
    const body = JSON.stringify({ metadata: { name: 'huge' }, data: { text: 'x'.repeat(3 * 1024 * 1024) } });
    const { status, body: answer } = await exchange(cluster, configMaps, { method: 'POST', body });
    expect([status, answer.reason, answer.message]).toEqual([
      413,
      'RequestEntityTooLarge',
      'Request entity is too large: limit is 3145728',
    ]);
  });

  it('is healthy, check by check', async () => {
    const { status, text } = await get('/readyz?verbose', {}, { as: 'nobody' });
    expect([status, text.split('\n')[0], text.trim().split('\n').at(-1)]).toEqual([
      200,
      '[+]ping ok',
      'readyz check passed',
    ]);
    expect(text).toContain('[+]etcd ok\n');
    expect((await get('/livez/etcd')).text).toBe('ok');
    expect((await get('/livez/poststarthook/bootstrap-controller')).text).toBe('ok');
  });

  it('measures itself under upstream’s names', async () => {
    const { text } = await get('/metrics');
    expect(text).toContain(
      'apiserver_request_total{verb="POST",dry_run="",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",code="201"}',
    );
    for (const name of [
      'apiserver_request_duration_seconds_bucket',
      'apiserver_current_inflight_requests{request_kind="mutating"}',
      'apiserver_flowcontrol_dispatched_requests_total{priority_level="exempt",flow_schema="exempt"}',
      'apiserver_storage_objects{resource="configmaps"}',
      'apiserver_audit_level_total{level="RequestResponse"}',
      'etcd_request_duration_seconds_bucket{operation="create",group="",resource="configmaps",le="0.005"}',
      'process_resident_memory_bytes',
    ]) {
      expect(text).toContain(`\n${name}`);
    }
  });
});
