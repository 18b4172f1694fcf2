import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { exchange } from '../../api/https-exchange.ts';
import { conformance } from '../conformance.ts';
import { HttpsRequests } from './https-requests.ts';
import { coreResource, type NamedResource, namedResources } from './named-resources.ts';
import type { ReadObject } from './test-namespace.ts';

jest.setTimeout(30_000);

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
/** What client-go's discovery client sends. */
const acceptOfClientGo = `${aggregated},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`;
/** Requests until a definition is served: it takes a moment, and more where the machine is busy. */
const attemptsMax = 2_000;

describe('aggregated discovery', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(() => cluster.stop());

  const raw = async (path: string): Promise<ReadObject> => {
    const { status, body } = await exchange(cluster, path, { headers: { Accept: aggregated } });
    expect([status, body.kind, body.apiVersion]).toEqual([200, 'APIGroupDiscoveryList', 'apidiscovery.k8s.io/v2']);
    return body;
  };
  /** As client-go does it, which takes an answer of another content type for the discovery of old. */
  const groupsAndResources = async (): Promise<ReadObject[]> => {
    const answers = await Promise.all(
      ['/api', '/apis'].map((path) => exchange(cluster, path, { headers: { Accept: acceptOfClientGo } })),
    );
    for (const { headers } of answers) expect(headers['content-type']).toBe(aggregated);
    return answers.flatMap(({ body }) => body.items);
  };
  const shows = (groups: ReadObject[], { group, version, resource }: NamedResource): boolean =>
    groups
      .filter(({ metadata }) => (metadata?.name ?? '') === group)
      .flatMap(({ versions }) => versions)
      .filter((shown) => shown.version === version)
      .some(({ resources }) => resources.some((shown: ReadObject) => shown.resource === resource));
  /** Defines custom resources in a group of their own. */
  const define = async (group: string): Promise<NamedResource> => {
    const names = { plural: 'testcrds', singular: 'testcrd', kind: 'testcrd', listKind: 'testcrdList' };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await new HttpsRequests(cluster).create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: `testcrds.${group}` },
      spec: { group, names, scope: 'Namespaced', versions: [{ name: 'v1', served: true, storage: true, schema }] },
    });
    return { group, version: 'v1', resource: 'testcrds' };
  };
  const eventuallyShown = async (read: () => Promise<ReadObject[]>, resource: NamedResource): Promise<boolean> => {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      if (shows(await read(), resource)) return true;
    }
    return false;
  };

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers',
    async () => {
      const groups = (await raw('/apis')).items;
      expect(namedResources.filter((resource) => !shows(groups, resource))).toEqual([]);
      expect(shows((await raw('/api')).items, coreResource)).toBe(true);
    },
  );

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery request for CRDs',
    async () => {
      const resource = await define('group-raw.example.com');
      expect(await eventuallyShown(async () => (await raw('/apis')).items, resource)).toBe(true);
    },
  );

  conformance('[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface', async () => {
    const groups = await groupsAndResources();
    expect([coreResource, ...namedResources].filter((resource) => !shows(groups, resource))).toEqual([]);
  });

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs',
    async () => {
      const resource = await define('group-interface.example.com');
      expect(await eventuallyShown(groupsAndResources, resource)).toBe(true);
    },
  );
});
