import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { conformance } from '../conformance.ts';
import { fooSchema, publishedSchema, waldoSchema } from './published-schema.ts';
import { TestDefinition } from './test-definition.ts';

jest.setTimeout(30_000);

describe('the published schemas', () => {
  let https: HttpsCluster;
  beforeAll(async () => {
    https = await HttpsCluster.start();
  });
  afterAll(() => https.stop());

  const define = (name: string, group: string, schema: object, ...versions: string[]) =>
    TestDefinition.create(https.cluster, {
      name: `e2e-test-${name}-crd`,
      group: `crd-publish-openapi-test-${group}.example.com`,
      scope: 'Namespaced',
      versions: versions.map((version, index) => ({
        name: version,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: schema },
      })),
    });
  const published = (definition: TestDefinition, version: string) => publishedSchema(https, definition, version);

  /** Deletes it, and sees that its schemas go with it. */
  async function remove(definition: TestDefinition, ...versions: string[]): Promise<void> {
    await definition.delete();
    for (const version of versions) expect(await published(definition, version)).toBeUndefined();
  }

  /** Two definitions at once, each with a version of its own. */
  async function exercisePair(foo: [group: string, version: string], waldo: [group: string, version: string]) {
    const crdFoo = await define('foo', foo[0], fooSchema, foo[1]);
    const crdWaldo = await define('waldo', waldo[0], waldoSchema, waldo[1]);
    expect(await published(crdWaldo, waldo[1])).toEqual(waldoSchema);
    expect(await published(crdFoo, foo[1])).toEqual(fooSchema);
    await remove(crdFoo, foo[1]);
    await remove(crdWaldo, waldo[1]);
  }

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of different groups',
    () => exercisePair(['foo', 'v1'], ['waldo', 'v1beta1']),
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group but different versions',
    async () => {
      const multiVersion = await define('multi', 'multi-ver', fooSchema, 'v2', 'v3');
      expect(await published(multiVersion, 'v3')).toEqual(fooSchema);
      expect(await published(multiVersion, 'v2')).toEqual(fooSchema);
      await remove(multiVersion, 'v2', 'v3');
      await exercisePair(['common-group', 'v4'], ['common-group', 'v5']);
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group and version but different kinds',
    () => exercisePair(['common-group', 'v6'], ['common-group', 'v6']),
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] updates the published spec when one version gets renamed',
    async () => {
      const definition = await define('renamed', 'multi-ver', fooSchema, 'v2', 'v3');
      expect(await published(definition, 'v3')).toEqual(fooSchema);
      expect(await published(definition, 'v2')).toEqual(fooSchema);
      await definition.patch([
        { op: 'test', path: '/spec/versions/1/name', value: 'v3' },
        { op: 'replace', path: '/spec/versions/1/name', value: 'v4' },
      ]);
      expect(await published(definition, 'v4')).toEqual(fooSchema);
      expect(await published(definition, 'v3')).toBeUndefined();
      expect(await published(definition, 'v2')).toEqual(fooSchema);
      await remove(definition, 'v2', 'v4');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] removes definition from spec when one version gets changed to not be served',
    async () => {
      const definition = await define('unserved', 'multi-to-single-ver', fooSchema, 'v5', 'v6alpha1');
      expect(await published(definition, 'v6alpha1')).toEqual(fooSchema);
      expect(await published(definition, 'v5')).toEqual(fooSchema);
      await definition.update(({ spec }) => {
        spec.versions[1].served = false;
      });
      expect(await published(definition, 'v6alpha1')).toBeUndefined();
      expect(await published(definition, 'v5')).toEqual(fooSchema);
      await remove(definition, 'v5');
    },
  );
});
