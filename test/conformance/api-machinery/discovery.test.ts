import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { conformance } from '../conformance.ts';
import { coreResource, namedResources } from './named-resources.ts';
import { type ReadObject, succeeded } from './test-namespace.ts';

jest.setTimeout(30_000);

describe('discovery', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
  });
  afterAll(() => cluster.close());

  const get = (path: string): Promise<ReadObject> => succeeded(cluster.raw.get(path));

  conformance('[sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup', async () => {
    const { groups } = await get('/apis/');
    expect(groups).not.toEqual([]);
    for (const { name } of groups) {
      const { versions, preferredVersion } = await get(`/apis/${name}/`);
      expect(versions).not.toEqual([]);
      expect(versions).toContainEqual(preferredVersion);
    }
  });

  conformance(
    '[sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup',
    async () => {
      for (const { group, version, resource } of [coreResource, ...namedResources]) {
        const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
        const list = await get(path);
        expect(list.groupVersion).toBe(group === '' ? version : `${group}/${version}`);
        expect(list.resources.map(({ name }: ReadObject) => name)).toContain(resource);
      }
    },
  );

  conformance('[sig-api-machinery] server version should find the server version', async () => {
    const { major, minor } = await get('/version');
    expect(major).toMatch(/^[1-9]$/);
    expect(minor).toMatch(/^[0-9]+$/);
  });

  conformance(
    '[sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which does not implement metadata',
    async () => {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { nonResourceAttributes: { path: '/', verb: 'get' } },
      };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      const { status, body } = await cluster.raw.post(path, review, { accept });
      expect([status, body]).toMatchObject([406, { kind: 'Status', code: 406, reason: 'NotAcceptable' }]);
    },
  );
});
