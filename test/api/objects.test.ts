import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('objects over the bus', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({
      services: ['storage', 'apiserver'],
      settings: { apiserver: { advertiseAddress: '192.0.2.1' } },
    });
  });
  afterAll(() => cluster.close());

  it('creates, reads, lists, updates and deletes', async () => {
    const created = await cluster.raw.post(configMaps, { metadata: { name: 'a' }, data: { x: '1' } });
    expect(created).toMatchObject({ status: 201, body: { kind: 'ConfigMap', apiVersion: 'v1', data: { x: '1' } } });
    const { uid, resourceVersion } = created.body.metadata;
    expect(uid).not.toBe('');

    const read = await cluster.raw.get(`${configMaps}/a`);
    expect(read.body).toEqual(created.body);

    const list = await cluster.raw.get(configMaps);
    expect(list.body).toMatchObject({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      items: [{ metadata: { name: 'a', uid } }],
    });
    expect(Number(list.body.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(resourceVersion));

    const updated = await cluster.raw.request('PUT', `${configMaps}/a`, { ...read.body, data: { x: '2' } });
    expect(updated).toMatchObject({ status: 200, body: { data: { x: '2' }, metadata: { uid } } });
    expect(Number(updated.body.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));

    const stale = await cluster.raw.request('PUT', `${configMaps}/a`, { ...read.body, data: { x: '3' } });
    expect(stale).toMatchObject({
      status: 409,
      body: { reason: 'Conflict', details: { name: 'a', kind: 'configmaps' } },
    });

    const deleted = await cluster.raw.request('DELETE', `${configMaps}/a`);
    expect(deleted.body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid },
    });
    expect((await cluster.raw.get(`${configMaps}/a`)).body).toMatchObject({
      code: 404,
      message: 'configmaps "a" not found',
    });
  });

  it('patches in three forms', async () => {
    await cluster.raw.post(configMaps, { metadata: { name: 'p' }, data: { x: '1' } });
    const merge = await cluster.raw.request(
      'PATCH',
      `${configMaps}/p`,
      { data: { y: '2' } },
      {
        contentType: 'application/merge-patch+json',
      },
    );
    expect(merge.body.data).toEqual({ x: '1', y: '2' });
    const json = await cluster.raw.request('PATCH', `${configMaps}/p`, [{ op: 'remove', path: '/data/x' }], {
      contentType: 'application/json-patch+json',
    });
    expect(json.body.data).toEqual({ y: '2' });
    const strategic = await cluster.raw.request(
      'PATCH',
      `${configMaps}/p`,
      { data: { y: null, z: '3' } },
      {
        contentType: 'application/strategic-merge-patch+json',
      },
    );
    expect(strategic.body.data).toEqual({ z: '3' });
    const unknown = await cluster.raw.request('PATCH', `${configMaps}/p`, '', {
      contentType: 'application/apply-patch+cbor',
    });
    expect(unknown.status).toBe(415);
    expect(unknown.body.message).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
    );
  });

  it('generates names', async () => {
    const { body } = await cluster.raw.post(configMaps, { metadata: { generateName: 'gen-' } });
    expect(body.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/);
  });

  it('refuses to create what names a resourceVersion, but on a trial run', async () => {
    const object = { metadata: { name: 'versioned', resourceVersion: '7' } };
    const { status, body } = await cluster.raw.post(configMaps, object);
    expect(status).toBe(500);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'resourceVersion should not be set on objects to be created',
      code: 500,
    });
    expect((await cluster.raw.post(`${configMaps}?dryRun=All`, object)).status).toBe(201);
    expect((await cluster.raw.post(configMaps, { metadata: { name: 'zero', resourceVersion: '0' } })).status).toBe(201);
  });

  it('forgets the namespace that a client gives an object of the whole cluster', async () => {
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
    const created = await cluster.raw.post(classes, { metadata: { name: 'c', namespace: 'default' }, value: 1 });
    expect(created).toMatchObject({ status: 201 });
    const patch = { metadata: { namespace: 'default', labels: { a: 'b' } } };
    const patched = await cluster.raw.request('PATCH', `${classes}/c`, patch, {
      contentType: 'application/merge-patch+json',
    });
    expect(patched.body.metadata).toMatchObject({ labels: { a: 'b' } });
    expect(patched.body.metadata.namespace).toBeUndefined();
  });

  it.each([
    ['unknown field', { metadata: { name: 'u' }, dat: {} }, 400, 'strict decoding error: unknown field "dat"'],
    ['wrong type', { metadata: { name: 'u' }, data: 'x' }, 400, 'json: cannot unmarshal string into'],
    ['invalid name', { metadata: { name: 'Not_Valid' } }, 422, 'a lowercase RFC 1123 subdomain must consist of'],
    ['missing name', { metadata: {} }, 422, 'name or generateName is required'],
    [
      'other kind',
      { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'u' } },
      400,
      'cannot be handled as a ConfigMap',
    ],
    ['unknown kind', { kind: 'Foo', apiVersion: 'v1', metadata: { name: 'u' } }, 400, 'no kind "Foo" is registered'],
  ])('refuses bad input: %s', async (_, object, status, message) => {
    const answer = await cluster.raw.post(`${configMaps}?fieldValidation=Strict`, object);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(message);
  });

  it('refuses what is not YAML', async () => {
    const answer = await cluster.raw.post(configMaps, 'a: [', { contentType: 'application/yaml' });
    expect(answer).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
  });

  it('warns of a key that appears twice in YAML, and refuses it when asked to be strict', async () => {
    const yaml = 'metadata: {name: twice}\ndata:\n  a: "1"\n  a: "2"\n';
    const strict = await cluster.raw.post(`${configMaps}?fieldValidation=Strict`, yaml, {
      contentType: 'application/yaml',
    });
    expect(strict.body.message).toContain('strict decoding error: duplicate field "a"');
    const { body, warnings } = await cluster.raw.post(configMaps, yaml, { contentType: 'application/yaml' });
    expect(body.data).toEqual({ a: '2' });
    expect(warnings).toEqual(['duplicate field "a"']);
  });

  it('refuses creation in a namespace that does not exist', async () => {
    const answer = await cluster.raw.post('/api/v1/namespaces/nowhere/configmaps', { metadata: { name: 'a' } });
    expect(answer).toMatchObject({ status: 404, body: { message: 'namespaces "nowhere" not found' } });
  });

  it('keeps an object with a finalizer until the finalizer is removed', async () => {
    await cluster.raw.post(configMaps, { metadata: { name: 'f', finalizers: ['example.com/hold'] } });
    const deleted = await cluster.raw.request('DELETE', `${configMaps}/f`);
    expect(deleted.body.metadata.deletionTimestamp).toBeDefined();
    await cluster.raw.request(
      'PATCH',
      `${configMaps}/f`,
      { metadata: { finalizers: null } },
      {
        contentType: 'application/merge-patch+json',
      },
    );
    expect((await cluster.raw.get(`${configMaps}/f`)).status).toBe(404);
  });

  it('lists in consistent pages', async () => {
    for (const name of ['a', 'b', 'c']) {
      await cluster.raw.post(configMaps, { metadata: { name: `page-${name}`, labels: { page: 'yes' } } });
    }
    const first = await cluster.raw.get(`${configMaps}?limit=2&labelSelector=page%3Dyes`);
    expect(first.body.items).toHaveLength(2);
    await cluster.raw.request('DELETE', `${configMaps}/page-c`);
    const token = encodeURIComponent(first.body.metadata.continue);
    const second = await cluster.raw.get(`${configMaps}?limit=2&labelSelector=page%3Dyes&continue=${token}`);
    expect(second.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['page-c']);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it('answers a dry run without writing', async () => {
    const answer = await cluster.raw.post(`${configMaps}?dryRun=All`, { metadata: { name: 'dry' } });
    expect(answer.status).toBe(201);
    expect((await cluster.raw.get(`${configMaps}/dry`)).status).toBe(404);
  });

  it('refuses strangers', async () => {
    const answer = await cluster.raw.get('/api/v1/namespaces/default/pods', { user: 'stranger' });
    expect(answer).toMatchObject({
      status: 403,
      body: {
        message:
          'pods is forbidden: User "stranger" cannot list resource "pods" in API group "" in the namespace "default"',
      },
    });
  });

  it('has the objects that every cluster begins with', async () => {
    const namespaces = await cluster.raw.get('/api/v1/namespaces');
    const names = namespaces.body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    expect(names).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    const service = await cluster.raw.get('/api/v1/namespaces/default/services/kubernetes');
    expect(service.body.spec).toMatchObject({ clusterIP: '10.96.0.1', type: 'ClusterIP' });
    const { body } = await cluster.raw.get('/api/v1/namespaces/default/endpoints/kubernetes');
    expect(body.subsets[0].addresses).toEqual([{ ip: '192.0.2.1' }]);
  });
});
