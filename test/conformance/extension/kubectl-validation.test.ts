import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { describeWithKubectl } from '../../api/describe-with-kubectl.ts';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { conformance } from '../conformance.ts';
import { fooSchema, preserveNestedSchema, preserveRootSchema, publishedSchema } from './published-schema.ts';
import { allowAll, TestDefinition } from './test-definition.ts';

jest.setTimeout(30_000);

/** What kubectl does with the schemas that the API server publishes. */
describeWithKubectl('kubectl and the schemas of custom resources', () => {
  let https: HttpsCluster;
  beforeAll(async () => {
    https = await HttpsCluster.start();
  });
  afterAll(() => https.stop());

  const define = (suffix: string, openAPIV3Schema: object) =>
    TestDefinition.create(https.cluster, {
      name: `e2e-test-${suffix}-crd`,
      group: `crd-publish-openapi-test-${suffix}.example.com`,
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    });
  const pluralOf = ({ created }: TestDefinition): string => created.spec.names.plural;
  const sent = (verb: 'create' | 'apply', object: object) => https.kubectl([verb, '-f', '-'], JSON.stringify(object));

  async function succeeds(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await https.kubectl(args);
    expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return stdout;
  }

  /** Creates the object and applies it, deleting it each time. */
  async function accepts(definition: TestDefinition, name: string, content: object): Promise<void> {
    for (const verb of ['create', 'apply'] as const) {
      const { exitCode, stderr } = await sent(verb, definition.object(name, content));
      expect({ verb, exitCode, stderr }).toMatchObject({ exitCode: 0 });
      await succeeds('delete', pluralOf(definition), name);
    }
  }

  async function refuses(definition: TestDefinition, verb: 'create' | 'apply', spec: object, reason: RegExp) {
    const { exitCode, stderr } = await sent(verb, definition.object('test-foo', { spec }));
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(reason);
  }

  const explains = async (field: string, pattern: RegExp): Promise<void> =>
    expect(await succeeds('explain', field)).toMatch(pattern);

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD with validation schema',
    async () => {
      const definition = await define('foo', fooSchema);
      expect(await publishedSchema(https, definition, 'v1')).toEqual(fooSchema);
      await accepts(definition, 'test-foo', { spec: { bars: [{ name: 'test-bar' }] } });
      const badEnum = { bars: [{ name: 'test-bar', feeling: 'NonExistentValue' }] };
      await refuses(definition, 'create', badEnum, /Unsupported value: "NonExistentValue"/);
      for (const verb of ['create', 'apply'] as const) {
        // kubectl of before 1.25 looks into the schema itself.
        await refuses(definition, verb, { foo: true }, /unknown field "(spec\.)?foo"/);
        const missing = /missing required field "name"|spec\.bars\[0\]\.name: Required value/;
        await refuses(definition, verb, { bars: [{ age: '10' }] }, missing);
      }

      const plural = pluralOf(definition);
      await explains(
        plural,
        /DESCRIPTION:.*Foo CRD for Testing.*FIELDS:.*apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*Specification of Foo/s,
      );
      await explains(
        `${plural}.metadata`,
        /DESCRIPTION:.*Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>.*CreationTimestamp is a timestamp/s,
      );
      await explains(
        `${plural}.spec`,
        /DESCRIPTION:.*Specification of Foo.*FIELDS:.*bars.*<\[\]Object>.*List of Bars and their specs/s,
      );
      await explains(
        `${plural}.spec.bars`,
        /(FIELD|RESOURCE):.*bars.*<\[\]Object>.*DESCRIPTION:.*List of Bars and their specs.*FIELDS:.*bazs.*<\[\]string>.*List of Bazs.*name.*<string>.*Name of Bar/s,
      );
      const unknown = await https.kubectl(['explain', `${plural}.spec.bars2`]);
      expect(unknown.exitCode).not.toBe(0);
      expect(unknown.stderr).toContain('field "bars2" does not exist');
      await definition.delete();
      expect(await publishedSchema(https, definition, 'v1')).toBeUndefined();
    },
  );

  const random = { a: { b: [{ c: 'd' }] } };

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD without validation schema',
    async () => {
      const definition = await define('empty', allowAll.openAPIV3Schema);
      // All that is said of such a kind, so that old clients validate nothing.
      expect(await publishedSchema(https, definition, 'v1')).toEqual({ type: 'object' });
      await accepts(definition, 'test-cr', random);
      await explains(pluralOf(definition), /DESCRIPTION:.*<empty>/s);
      await definition.delete();
      expect(await publishedSchema(https, definition, 'v1')).toBeUndefined();
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields at the schema root',
    async () => {
      const definition = await define('unknown-at-root', preserveRootSchema);
      expect(await publishedSchema(https, definition, 'v1')).toBeDefined();
      await accepts(definition, 'test-cr', random);
      await explains(pluralOf(definition), new RegExp(`KIND:.*${definition.kind}`, 's'));
      await definition.delete();
      expect(await publishedSchema(https, definition, 'v1')).toBeUndefined();
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields in an embedded object',
    async () => {
      const definition = await define('unknown-in-nested', preserveNestedSchema);
      expect(await publishedSchema(https, definition, 'v1')).toBeDefined();
      await accepts(definition, 'test-cr', { spec: { a: null, b: [{ c: 'd' }] } });
      const description = /DESCRIPTION:.*preserve-unknown-properties in nested field for Testing/s;
      await explains(pluralOf(definition), description);
      await definition.delete();
      expect(await publishedSchema(https, definition, 'v1')).toBeUndefined();
    },
  );
});
