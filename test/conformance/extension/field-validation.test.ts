import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { type RawAnswer, startCluster, type TestCluster } from '@orrery/testing';
import { TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { refusal } from './refusal.ts';
import { allowAll, TestDefinition } from './test-definition.ts';

jest.setTimeout(30_000);

const text = { type: 'string' };
const portNumber = { type: 'integer', format: 'int32' };
const specProperties = {
  foo: text,
  cronSpec: { type: 'string', pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$' },
  ports: {
    type: 'array',
    'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
    'x-kubernetes-list-type': 'map',
    items: {
      type: 'object',
      required: ['containerPort', 'protocol'],
      properties: { containerPort: portNumber, hostIP: text, hostPort: portNumber, name: text, protocol: text },
    },
  },
};
const schemaOf = (spec: object) => ({ openAPIV3Schema: { type: 'object', properties: { spec } } });
const strictSchema = schemaOf({ type: 'object', properties: specProperties });

const rest = `
  cronSpec: "* * * * */5"
  ports:
  - name: x
    containerPort: 80
    protocol: TCP`;

const deployment = (metadata: string, spec: string) => `{
  "apiVersion": "apps/v1",
  "kind": "Deployment",
  "metadata": {"name": "my-dep", ${metadata} "labels": {"app": "nginx"}},
  "spec": {
    ${spec}
    "selector": {"matchLabels": {"app": "nginx"}},
    "template": {
      "metadata": {"labels": {"app": "nginx"}},
      "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}
    }
  }
}`;

const strict = 'fieldManager=field_validation_mgr&fieldValidation=Strict';

describe('field validation', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
  });
  afterAll(() => cluster.close());

  async function create(namespace: string, body: string): Promise<RawAnswer> {
    const tested = await TestNamespace.create(cluster, namespace, { serviceAccount: false });
    return cluster.raw.post(`${tested.path('apps/v1/deployments')}?${strict}`, body);
  }

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown and duplicate fields of a typed object',
    async () => {
      const body = deployment('', '"unknownField": "foo", "replicas": 2, "replicas": 3,');
      expect((await refusal(create('duplicate-fields', body))).message).toContain(
        'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"',
      );
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown metadata fields of a typed object',
    async () => {
      const body = deployment('"unknownMeta": "foo",', '');
      expect((await refusal(create('unknown-metadata', body))).message).toContain(
        'strict decoding error: unknown field "metadata.unknownMeta"',
      );
    },
  );

  /** Applies YAML to an object that is not there yet, of a kind with such a schema. */
  async function apply(name: string, schema: object, body: string): Promise<RawAnswer> {
    const subresources = { status: {} };
    const definition = await TestDefinition.create(cluster, {
      name,
      versions: [
        { name: 'v1beta1', served: true, storage: false, subresources, schema },
        { name: 'v1', served: true, storage: true, subresources, schema },
      ],
    });
    const start = `\napiVersion: ${definition.apiVersion()}\nkind: ${definition.kind}\nmetadata:\n  name: mytest\n`;
    const path = `${definition.requests().path}/mytest?${strict}`;
    return cluster.raw.request('PATCH', path, `${start}${body}`, { contentType: 'application/apply-patch+yaml' });
  }

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply a valid CR for CRD with validation schema',
    async () => {
      const { status } = await apply('foovalida', strictSchema, `spec:\n  foo: foo1${rest}`);
      expect(status).toBe(201);
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema',
    async () => {
      const { status, body } = await apply('fooschemalessa', allowAll, `spec:\n  unknown: uk1${rest}`);
      expect(status).toBe(201);
      expect(body.spec.unknown).toBe('uk1');
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply an invalid CR with extra properties for CRD with validation schema',
    async () => {
      const body = `unknownField: unknown\nspec:\n  foo: foo1${rest}`;
      const { message } = await refusal(apply('fooextraa', strictSchema, body));
      expect(message).toContain('.unknownField: field not declared in schema');
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown metadata fields in both the root and embedded object of a CR',
    async () => {
      const template = {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        properties: { metadata: { type: 'object', properties: { name: text } }, spec: { type: 'object' } },
      };
      const schema = schemaOf({
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { template, ...specProperties },
      });
      const body = `  unknownMeta: unknown
spec:
  template:
    apiversion: foo/v1
    kind: Sub
    metadata:
        unknownSubMeta: unknown
        name: subobject
        namespace: default
  foo: foo1${rest}`;
      const { message } = await refusal(apply('fooembeddeda', schema, body));
      // Upstream's test is content with either.
      expect(message).toMatch(
        /\.spec\.template\.metadata\.unknownSubMeta: field not declared in schema|\.metadata\.unknownMeta: field not declared in schema/,
      );
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should detect duplicates in a CR when preserving unknown fields',
    async () => {
      const schema = schemaOf({
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: specProperties,
      });
      const body = `spec:\n  unknown: uk1\n  foo: foo1\n  foo: foo2${rest}`;
      const { message } = await refusal(apply('fooduplicatea', schema, body));
      expect(message).toContain('line 9: key "foo" already set in map');
    },
  );
});
