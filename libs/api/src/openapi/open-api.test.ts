import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from '@jest/globals';
import { ResourceTable } from '../resource/resource-table.ts';
import { openApiV2, openApiV2Protobuf, openApiV3, openApiV3Index } from './open-api.ts';

const table = ResourceTable.builtIn();
const deployments = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}';

/** Every `$ref` in a document. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : refsIn(child),
  );
}

describe('the OpenAPI document of version 2', () => {
  it('defines types as upstream names them, with what clients merge and explain by', async () => {
    const { definitions } = await openApiV2(table);
    expect(definitions['io.k8s.api.apps.v1.Deployment']).toMatchObject({
      description: 'Deployment enables declarative updates for Pods and ReplicaSets.',
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'apps', kind: 'Deployment', version: 'v1' }],
    });
    expect(definitions['io.k8s.api.core.v1.PodSpec']?.required).toEqual(['containers']);
    expect(definitions['io.k8s.api.core.v1.PodSpec']?.properties?.containers).toMatchObject({
      type: 'array',
      items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
    });
    expect(definitions['io.k8s.api.core.v1.ContainerPort']?.properties).toMatchObject({
      containerPort: { type: 'integer', format: 'int32' },
      protocol: { type: 'string', default: 'TCP' },
    });
    expect(definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
      type: 'string',
      format: 'int-or-string',
    });
    expect(definitions['io.k8s.api.core.v1.Secret']?.properties?.data).toMatchObject({
      type: 'object',
      additionalProperties: { type: 'string', format: 'byte' },
    });
  });

  it('tells kubectl that a patch may be a dry run and may validate fields', async () => {
    const { paths } = await openApiV2(table);
    const patch = paths[deployments]?.patch;
    expect(patch).toMatchObject({
      operationId: 'patchAppsV1NamespacedDeployment',
      tags: ['apps_v1'],
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
    });
    expect(patch?.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['body', 'dryRun', 'fieldManager', 'fieldValidation', 'force']),
    );
    expect(patch?.consumes).toContain('application/strategic-merge-patch+json');
  });

  it('has a path for each verb of each resource', async () => {
    const { paths } = await openApiV2(table);
    const actions = (path: string) =>
      Object.fromEntries(
        Object.entries(paths[path] ?? {}).flatMap(([method, operation]) =>
          'x-kubernetes-action' in operation ? [[method, operation['x-kubernetes-action']]] : [],
        ),
      );
    expect(actions('/api/v1/pods')).toEqual({ get: 'list' });
    expect(actions('/api/v1/namespaces/{namespace}/pods')).toEqual({
      get: 'list',
      post: 'post',
      delete: 'deletecollection',
    });
    expect(actions('/api/v1/nodes/{name}')).toEqual({ get: 'get', put: 'put', patch: 'patch', delete: 'delete' });
    expect(actions('/api/v1/namespaces/{namespace}/pods/{name}/exec')).toEqual({ get: 'connect', post: 'connect' });
    expect(actions('/apis/authorization.k8s.io/v1/subjectaccessreviews')).toEqual({ post: 'post' });
    expect(paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale']?.get).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    });
  });

  it('names every operation once and refers to nothing that is not there', async () => {
    const { paths, definitions } = await openApiV2(table);
    const ids = Object.values(paths).flatMap((item) =>
      Object.values(item).flatMap((operation) => ('operationId' in operation ? [operation.operationId] : [])),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const ref of new Set([...refsIn(paths), ...refsIn(definitions)])) {
      expect(definitions).toHaveProperty([ref.replace('#/definitions/', '')]);
    }
  });

  it('is built once for a table', async () => {
    expect(await openApiV2(table)).toBe(await openApiV2(table));
  });
});

describe('its protobuf form', () => {
  /** Fields of one message, undecoded. */
  function fieldsOf(bytes: Uint8Array): { field: number; bytes: Uint8Array }[] {
    const reader = new BinaryReader(bytes);
    const fields: { field: number; bytes: Uint8Array }[] = [];
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (wireType === WireType.LengthDelimited) fields.push({ field, bytes: reader.bytes() });
      else reader.skip(wireType, field);
    }
    return fields;
  }

  const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
  const only = (bytes: Uint8Array | undefined, field: number) =>
    fieldsOf(bytes ?? new Uint8Array()).find((entry) => entry.field === field)?.bytes;
  const named = (bytes: Uint8Array | undefined, field: number, name: string) =>
    fieldsOf(bytes ?? new Uint8Array())
      .filter((entry) => entry.field === field)
      .find((entry) => text(only(entry.bytes, 1)) === name)?.bytes;

  it('holds paths (8) with operations and definitions (9) with schemas, extensions as YAML', async () => {
    const document = await openApiV2Protobuf(table);
    expect(text(only(document, 1))).toBe('2.0');

    const patch = only(only(named(only(document, 8), 2, deployments), 2), 8);
    expect(text(only(patch, 5))).toBe('patchAppsV1NamespacedDeployment');
    const kind = named(patch, 13, 'x-kubernetes-group-version-kind');
    expect(JSON.parse(text(only(only(kind, 2), 2)))).toEqual({ group: 'apps', version: 'v1', kind: 'Deployment' });
    const query = fieldsOf(patch ?? new Uint8Array())
      .filter(({ field }) => field === 8)
      .map(({ bytes }) => text(only(only(only(only(bytes, 1), 2), 3), 4)));
    expect(query).toEqual(expect.arrayContaining(['dryRun', 'fieldValidation']));

    const port = only(named(only(document, 9), 1, 'io.k8s.api.core.v1.ServicePort'), 2);
    expect(text(only(only(port, 22), 1))).toBe('object');
    expect(text(only(port, 19))).toBe('port');
    const target = only(named(only(port, 25), 1, 'targetPort'), 2);
    expect(text(only(target, 1))).toBe('#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString');
  });
});

describe('the OpenAPI documents of version 3', () => {
  it('are listed with a hash that depends on nothing but the resources', async () => {
    const { paths } = await openApiV3Index(table);
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['api/v1', 'apis/apps/v1', 'apis/resource.k8s.io/v1beta1']),
    );
    expect(paths['apis/apps/v1']?.serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
    const again = await openApiV3Index(table.with([]));
    expect(again).toEqual({ paths });
  });

  it('describe a group version with all that it refers to', async () => {
    for (const groupVersion of table.groupVersions()) {
      const document = await openApiV3(table, groupVersion);
      const schemas = document?.components.schemas ?? {};
      const missing = refsIn(document).filter((ref) => !(ref.replace('#/components/schemas/', '') in schemas));
      expect(missing).toEqual([]);
    }
  });

  it('say how fields refer to other types, with descriptions beside', async () => {
    const document = await openApiV3(table, { group: 'apps', version: 'v1' });
    expect(document?.components.schemas['io.k8s.api.apps.v1.DeploymentSpec']?.properties?.strategy).toMatchObject({
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy' }],
      description: expect.any(String),
      'x-kubernetes-patch-strategy': 'retainKeys',
    });
    expect(document?.components.schemas['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    });
  });

  it('tell kubectl which patches a resource takes', async () => {
    const document = await openApiV3(table, { group: 'apps', version: 'v1' });
    expect(document?.paths[deployments]?.patch).toMatchObject({
      requestBody: { content: { 'application/strategic-merge-patch+json': {}, 'application/merge-patch+json': {} } },
      parameters: expect.arrayContaining([
        expect.objectContaining({ name: 'fieldValidation', in: 'query' }),
        expect.objectContaining({ name: 'dryRun', in: 'query' }),
      ]),
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
    });
  });

  it('do not exist for a version that is not served', async () => {
    expect(await openApiV3(table, { group: 'apps', version: 'v9' })).toBeUndefined();
  });
});
