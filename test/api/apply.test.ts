import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RawAnswer, startCluster, type TestCluster } from '@orrery/testing';

const configMaps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const mergePatch = { contentType: 'application/merge-patch+json' };

let cluster: TestCluster;
let count = 0;
let name: string;

beforeAll(async () => {
  cluster = await startCluster({ services: ['storage', 'apiserver'] });
});
afterAll(() => cluster.close());
beforeEach(() => {
  count += 1;
  name = `a${count}`;
});

const apply = (path: string, object: object | string, query: string): Promise<RawAnswer> =>
  cluster.raw.request('PATCH', `${path}?${query}`, object, { contentType: 'application/apply-patch+yaml' });

const configMap = (data: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...more },
  data,
});

const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

const managersOf = ({ body }: RawAnswer) =>
  (body.metadata.managedFields ?? []).map(
    ({ manager, operation, subresource, fieldsV1 }: Record<string, unknown>) =>
      `${manager} ${operation} ${subresource ?? '-'} ${JSON.stringify(fieldsV1)}`,
  );

describe('server-side apply', () => {
  it('creates, then merges, then leaves alone what is as it should be', async () => {
    const created = await apply(`${configMaps}/${name}`, configMap({ x: '1' }), 'fieldManager=alice');
    expect(created).toMatchObject({ status: 201, body: { data: { x: '1' } } });
    expect(managersOf(created)).toEqual(['alice Apply - {"f:data":{"f:x":{}}}']);
    const same = await apply(`${configMaps}/${name}`, configMap({ x: '1' }), 'fieldManager=alice');
    expect(same.status).toBe(200);
    expect(same.body.metadata.resourceVersion).toBe(created.body.metadata.resourceVersion);
    const merged = await apply(
      `${configMaps}/${name}`,
      `{apiVersion: v1, kind: ConfigMap, data: {w: "2"}}`,
      'fieldManager=bob',
    );
    expect(merged.body.data).toEqual({ x: '1', w: '2' });
    const pruned = await apply(`${configMaps}/${name}`, configMap({ z: '1' }), 'fieldManager=alice');
    expect(pruned.body.data).toEqual({ w: '2', z: '1' });
  });

  it('refuses to take fields from others unless forced', async () => {
    await apply(`${deployments}/${name}`, deployment(1), 'fieldManager=alice');
    const refused = await apply(`${deployments}/${name}`, deployment(2), 'fieldManager=bob');
    expect(refused).toMatchObject({
      status: 409,
      body: {
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "alice": .spec.replicas',
        details: {
          causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.spec.replicas' }],
        },
      },
    });
    const forced = await apply(`${deployments}/${name}`, deployment(2), 'fieldManager=bob&force=true');
    expect(forced).toMatchObject({ status: 200, body: { spec: { replicas: 2 } } });
  });

  it('writes nothing in a dry run', async () => {
    const dry = await apply(`${configMaps}/${name}`, configMap({ x: '1' }), 'fieldManager=alice&dryRun=All');
    expect(dry).toMatchObject({ status: 201, body: { data: { x: '1' } } });
    expect((await cluster.raw.get(`${configMaps}/${name}`)).status).toBe(404);
  });

  it('reaches subresources, each with managers of its own', async () => {
    const created = await apply(`${deployments}/${name}`, deployment(1), 'fieldManager=alice');
    const { apiVersion, kind, metadata } = deployment(1);
    const status = { apiVersion, kind, metadata, spec: { replicas: 9 }, status: { replicas: 1 } };
    const written = await apply(`${deployments}/${name}/status`, status, 'fieldManager=alice');
    expect(written.body).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 } });
    expect(managersOf(written)).toEqual([...managersOf(created), 'alice Apply status {"f:status":{"f:replicas":{}}}']);
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: 4 } };
    const conflict = await apply(`${deployments}/${name}/scale`, scale, 'fieldManager=hpa');
    expect(conflict.body.message).toBe('Apply failed with 1 conflict: conflict with "alice": .spec.replicas');
    const scaled = await apply(`${deployments}/${name}/scale`, scale, 'fieldManager=hpa&force=true');
    expect(scaled.body).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } });
    const read = await cluster.raw.get(`${deployments}/${name}`);
    expect(managersOf(read)).toContain('hpa Apply scale {"f:spec":{"f:replicas":{}}}');
    const missing = await apply(
      `${deployments}/none/status`,
      { ...status, metadata: { name: 'none' } },
      'fieldManager=a',
    );
    expect(missing.status).toBe(404);
  });

  it.each([
    [
      'no manager',
      {},
      '',
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    ['another kind', { kind: 'Secret' }, 'fieldManager=a', 400, 'invalid object type: /v1, Kind=Secret'],
    ['another version', { apiVersion: 'v2' }, 'fieldManager=a', 400, 'invalid object type: /v2, Kind=ConfigMap'],
    ['no kind', { kind: undefined }, 'fieldManager=a', 400, 'invalid object type: /v1, Kind='],
    [
      'another name',
      { metadata: { name: 'other' } },
      'fieldManager=a',
      400,
      'the name of the object (other) does not match the name on the URL (NAME)',
    ],
    [
      'managed fields',
      { metadata: { managedFields: [] } },
      'fieldManager=a',
      400,
      'metadata.managedFields must be nil',
    ],
    [
      'an unknown field',
      { foo: 1 },
      'fieldManager=a',
      500,
      'failed to create typed patch object (/NAME; /v1, Kind=ConfigMap): .foo: field not declared in schema',
    ],
    [
      'a wrong type',
      { immutable: 'x' },
      'fieldManager=a',
      500,
      'failed to create typed patch object (/NAME; /v1, Kind=ConfigMap): .immutable: expected boolean, got &{x}',
    ],
    [
      'a uid',
      { metadata: { name: 'NAME', uid: 'u' } },
      'fieldManager=a',
      409,
      'Operation cannot be fulfilled on configmaps "NAME": uid mismatch: the provided object specified uid u, and no existing object was found',
    ],
  ])('is refused with %s', async (_, change, query, status, message) => {
    const object = JSON.parse(JSON.stringify({ ...configMap({}), ...change }).replaceAll('NAME', name)) as object;
    const answer = await apply(`${configMaps}/${name}`, object, query);
    expect({ status: answer.status, message: answer.body.message }).toEqual({
      status,
      message: message.replaceAll('NAME', name),
    });
  });

  it('keeps to the resource version that it names', async () => {
    const created = await apply(`${configMaps}/${name}`, configMap({ x: '1' }), 'fieldManager=a');
    const { resourceVersion } = created.body.metadata;
    const next = await apply(`${configMaps}/${name}`, configMap({ x: '2' }, { resourceVersion }), 'fieldManager=a');
    expect(next.status).toBe(200);
    const stale = await apply(`${configMaps}/${name}`, configMap({ x: '3' }, { resourceVersion }), 'fieldManager=a');
    expect(stale.status).toBe(409);
  });

  it('tells of keys that the object has twice', async () => {
    const text = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":{"x":"1","x":"2"}}`;
    const warned = await apply(`${configMaps}/${name}`, text, 'fieldManager=a');
    expect(warned.warnings).toEqual(['line 1: key "x" already set in map']);
    const refused = await apply(`${configMaps}/${name}`, text, 'fieldManager=a&fieldValidation=Strict');
    expect(refused.status).toBe(400);
    expect(refused.body.message).toBe(
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 1: key "x" already set in map',
    );
  });
});

describe('managed fields', () => {
  it('follow every kind of write, by manager', async () => {
    const path = `${deployments}/${name}`;
    await cluster.raw.post(`${deployments}?fieldManager=creator`, deployment(1));
    await cluster.raw.request('PATCH', `${path}?fieldManager=patcher`, { spec: { paused: true } }, mergePatch);
    await cluster.raw.request('PATCH', `${path}/status`, { status: { replicas: 1 } }, mergePatch);
    await cluster.raw.request('PATCH', `${path}/scale?fieldManager=scaler`, { spec: { replicas: 3 } }, mergePatch);
    const managers = managersOf(await cluster.raw.get(path));
    expect(managers).toEqual([
      'admin Update status {"f:status":{"f:replicas":{}}}',
      expect.stringMatching(/^creator Update - (?!.*f:replicas).*"f:image"/),
      'patcher Update - {"f:spec":{"f:paused":{}}}',
      'scaler Update scale {"f:spec":{"f:replicas":{}}}',
    ]);
  });

  it('do not move when nothing changes', async () => {
    const created = await cluster.raw.post(configMaps, configMap({ x: '1' }));
    await cluster.time.advance('5s');
    const put = await cluster.raw.request('PUT', `${configMaps}/${name}?fieldManager=other`, created.body);
    expect(put.body).toEqual(created.body);
    const patched = await cluster.raw.request('PATCH', `${configMaps}/${name}`, { data: { x: '1' } }, mergePatch);
    expect(patched.body).toEqual(created.body);
  });

  it('may be given up by a user, and not be spoiled', async () => {
    await cluster.raw.post(configMaps, configMap({ x: '1' }));
    const spoil = { metadata: { managedFields: [{ manager: 'x', operation: 'Nonsense' }] } };
    const kept = await cluster.raw.request('PATCH', `${configMaps}/${name}`, spoil, mergePatch);
    expect(managersOf(kept)).toEqual(['admin Update - {"f:data":{".":{},"f:x":{}}}']);
    const gone = await cluster.raw.request(
      'PATCH',
      `${configMaps}/${name}`,
      { metadata: { managedFields: [{}] } },
      mergePatch,
    );
    expect(gone.body.metadata.managedFields).toBeUndefined();
    const conflict = await apply(`${configMaps}/${name}`, configMap({ x: '2' }), 'fieldManager=a');
    expect(conflict.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x',
    );
  });
});

describe('patches', () => {
  const patch = (body: unknown, contentType: string, query = '') =>
    cluster.raw.request('PATCH', `${deployments}/${name}${query}`, body, { contentType: `application/${contentType}` });

  beforeEach(async () => {
    await cluster.raw.post(deployments, deployment(1));
  });

  it.each<[string, unknown, string, string, number, string]>([
    [
      'a test that fails',
      [{ op: 'test', path: '/spec/replicas', value: 7 }],
      'json-patch+json',
      '',
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'a path that is not there',
      [{ op: 'remove', path: '/spec/nothing' }],
      'json-patch+json',
      '',
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'no list of operations',
      {},
      'json-patch+json',
      '',
      400,
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ],
    [
      'too many operations',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'Deployment' })),
      'json-patch+json',
      '',
      413,
      'Request entity is too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    ],
    [
      'a list for a merge',
      [],
      'merge-patch+json',
      '',
      400,
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      'force',
      {},
      'merge-patch+json',
      '?force=true',
      422,
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ],
    [
      'an unknown field',
      { spec: { foo: 1 } },
      'strategic-merge-patch+json',
      '?fieldValidation=Strict',
      422,
      ' "" is invalid: patch: Invalid value: "map[spec:map[foo:1]]": strict decoding error: unknown field "spec.foo"',
    ],
    [
      'a wrong type',
      { spec: { replicas: 'x' } },
      'strategic-merge-patch+json',
      '',
      422,
      ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a stale resource version',
      { metadata: { resourceVersion: '1' } },
      'merge-patch+json',
      '',
      409,
      'Operation cannot be fulfilled on deployments.apps "NAME": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      'another name',
      { metadata: { name: 'other' } },
      'merge-patch+json',
      '',
      400,
      'the name of the object (other) does not match the name on the URL (NAME)',
    ],
  ])('are refused with %s', async (_, body, contentType, query, status, message) => {
    const answer = await patch(body, contentType, query);
    expect({ status: answer.status, message: answer.body.message }).toEqual({
      status,
      message: message.replaceAll('NAME', name),
    });
  });

  it('warn of what they do not know or say twice', async () => {
    const answer = await patch('{"spec":{"replicas":2,"replicas":3,"foo":1}}', 'merge-patch+json');
    expect(answer).toMatchObject({ status: 200, body: { spec: { replicas: 3 } } });
    expect(answer.warnings).toEqual(['duplicate field "spec.replicas"', 'unknown field "spec.foo"']);
    const operations = await patch([{ op: 'add', path: '/spec/paused', value: true, extra: 1 }], 'json-patch+json');
    expect(operations.warnings).toEqual(['json patch unknown field "[0].extra"']);
  });
});

describe('bodies', () => {
  it('that name an owner twice keep it once', async () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1' };
    const { body, warnings } = await cluster.raw.post(configMaps, configMap({}, { ownerReferences: [owner, owner] }));
    expect(body.metadata.ownerReferences).toEqual([owner]);
    expect(warnings).toEqual([
      expect.stringMatching(/contains duplicate entries; .* duplicate UID\(s\) observed: u1$/),
    ]);
  });

  it('that name a field twice are warned of, or refused', async () => {
    const text = `{"metadata":{"name":"${name}"},"data":{"x":"1","x":"2"},"foo":1}`;
    const strict = await cluster.raw.post(`${configMaps}?fieldValidation=Strict`, text);
    expect(strict.body.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo", duplicate field "data.x"',
    );
    const warned = await cluster.raw.post(configMaps, text);
    expect(warned).toMatchObject({ status: 201, body: { data: { x: '2' } } });
    expect(warned.warnings).toEqual(['unknown field "foo"', 'duplicate field "data.x"']);
  });

  it.each([
    [
      'dryRun=Some',
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      'fieldValidation=x',
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [
      `fieldManager=${'x'.repeat(129)}`,
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'fieldManager=a%07',
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\u0007": invalid character U+0007 (at position 1)',
    ],
  ])('come with options that make sense: %s', async (query, message) => {
    const answer = await cluster.raw.post(`${configMaps}?${query}`, configMap({}));
    expect({ status: answer.status, message: answer.body.message }).toEqual({ status: 422, message });
  });
});
