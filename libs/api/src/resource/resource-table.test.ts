import { describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  parseStorageKey,
  type ResourceInfo,
  ResourceTable,
  routeOf,
  storageKey,
  storagePrefix,
} from './resource-table.ts';
import type { ApiObject } from './resource-type.ts';

const table = ResourceTable.builtIn();

function find(group: string, version: string, resource: string): ResourceInfo {
  const info = table.find(group, version, resource);
  if (!info) throw new Error(`no ${resource}`);
  return info;
}

describe('the resource table', () => {
  it('finds resources by path and by kind', () => {
    const deployments = find('apps', 'v1', 'deployments');
    expect(deployments).toMatchObject({
      kind: 'Deployment',
      listKind: 'DeploymentList',
      typeName: 'api.apps.v1.Deployment',
    });
    expect(table.byKind('apps', 'v1', 'Deployment')).toBe(deployments);
    expect(apiVersionOf(deployments)).toBe('apps/v1');
    expect(table.find('apps', 'v1beta1', 'deployments')).toBeUndefined();
  });

  it('knows the kinds of subresources, also of other groups', () => {
    const scale = find('apps', 'v1', 'deployments').subresources.find(({ name }) => name === 'scale');
    expect(scale).toMatchObject({ group: 'autoscaling', version: 'v1', kind: 'Scale' });
  });

  it('puts the core group first and preferred versions before others', () => {
    expect(table.groupVersions()[0]).toEqual({ group: '', version: 'v1' });
    expect(table.preferredVersion('autoscaling')).toBe('v2');
    expect(table.preferredVersion('nowhere')).toBeUndefined();
  });

  it('stores all versions of a resource, and both groups of events, under one key', () => {
    const [v1, v2] = ['v1', 'v2'].map((version) => find('autoscaling', version, 'horizontalpodautoscalers'));
    expect(v1?.storage).toEqual(v2?.storage);
    expect(storageKey(find('events.k8s.io', 'v1', 'events'), 'default', 'a')).toBe('/registry/core/events/default/a');
  });

  it('reads back the keys that it makes, for every resource', () => {
    for (const info of table.all()) {
      const namespace = info.namespaced ? 'default' : '';
      const key = storageKey(info, namespace, 'a.b');
      const { group, resource } = info.storage;
      expect(parseStorageKey(key)).toEqual({ group, resource, namespace, name: 'a.b' });
      expect(key.startsWith(storagePrefix(info, namespace))).toBe(true);
      expect(key.startsWith(storagePrefix(info))).toBe(true);
    }
    expect(parseStorageKey('/elsewhere/a')).toBeUndefined();
  });

  it('routes pods by their node', () => {
    const pod = { spec: { nodeName: 'node-1' } } as unknown as ApiObject;
    expect(routeOf(find('', 'v1', 'pods'), pod)).toBe('node-1');
    expect(routeOf(find('', 'v1', 'services'), pod)).toBe('');
    expect(routeOf(find('', 'v1', 'pods'), {} as ApiObject)).toBe('');
  });
});
