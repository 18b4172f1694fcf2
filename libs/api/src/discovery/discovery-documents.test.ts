import { describe, expect, it } from '@jest/globals';
import { ResourceTable } from '../resource/resource-table.ts';
import { aggregatedDiscovery } from './aggregated-discovery.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './discovery-documents.ts';

const table = ResourceTable.builtIn();

describe('discovery', () => {
  it('names the version of the core group and where the server is', () => {
    expect(apiVersions('10.0.0.1:6443')).toMatchObject({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:6443' }],
    });
  });

  it('lists every group once, without the core group, each with its preferred version first', () => {
    const { groups } = apiGroupList(table);
    const names = groups.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain('');
    expect(groups.find(({ name }) => name === 'autoscaling')).toEqual({
      name: 'autoscaling',
      versions: [
        { groupVersion: 'autoscaling/v2', version: 'v2' },
        { groupVersion: 'autoscaling/v1', version: 'v1' },
      ],
      preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
    });
  });

  it('shows one group, and none that is not served', () => {
    expect(apiGroup(table, 'apps')).toMatchObject({ kind: 'APIGroup', apiVersion: 'v1', name: 'apps' });
    expect(apiGroup(table, 'nothing.example.com')).toBeUndefined();
    expect(apiResourceList(table, 'apps', 'v9')).toBeUndefined();
  });

  it('lists resources with their subresources, and the storage hash that upstream has', () => {
    const { resources, groupVersion } = apiResourceList(table, 'apps', 'v1') ?? { resources: [] };
    expect(groupVersion).toBe('apps/v1');
    expect(resources.find(({ name }) => name === 'deployments')).toEqual({
      name: 'deployments',
      singularName: 'deployment',
      namespaced: true,
      kind: 'Deployment',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['deploy'],
      categories: ['all'],
      storageVersionHash: '8aSe+NMegvE=',
    });
    expect(resources.find(({ name }) => name === 'deployments/scale')).toMatchObject({
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });

  it.each(['v2', 'v2beta1'] as const)('puts everything into one document of %s', (version) => {
    const core = aggregatedDiscovery(table, 'core', version);
    const groups = aggregatedDiscovery(table, 'groups', version);
    expect(core.apiVersion).toBe(`apidiscovery.k8s.io/${version}`);
    expect(core.items).toHaveLength(1);
    expect(groups.items.map(({ metadata }) => metadata.name)).toEqual(
      apiGroupList(table).groups.map(({ name }) => name),
    );
    const pods = core.items[0]?.versions[0]?.resources.find(({ resource }) => resource === 'pods');
    expect(pods).toMatchObject({
      responseKind: { group: '', version: 'v1', kind: 'Pod' },
      scope: 'Namespaced',
      singularResource: 'pod',
      shortNames: ['po'],
    });
    expect(pods?.subresources?.find(({ subresource }) => subresource === 'eviction')?.responseKind).toEqual({
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
    });
  });

  it('has the same resources in every form', () => {
    const aggregated = ['core', 'groups'] as const;
    const counted = aggregated
      .flatMap((part) => aggregatedDiscovery(table, part, 'v2').items)
      .flatMap(({ versions }) => versions.flatMap(({ resources }) => resources));
    expect(counted).toHaveLength(table.all().length);
  });
});
