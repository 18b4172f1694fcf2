import { describe, expect, it } from '@jest/globals';
import {
  applyDefaults,
  type CustomResourceDefinition,
  fieldErrorText,
  GenericStrategy,
  type JSONSchemaProps,
  type KindRules,
  type ResourceInfo,
  ResourceTable,
} from '@orrery/api';
import { definitionRules } from './definition-rules.ts';

const info = ResourceTable.builtIn().find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions') as ResourceInfo;
const strategy = new GenericStrategy(info, definitionRules as unknown as KindRules);
const context = { now: '2026-01-01T00:00:00Z', namespace: '', newUid: () => 'u', nameSuffix: () => 'x' };

type Version = CustomResourceDefinition['spec']['versions'][number];

function definitionWith(
  schema: JSONSchemaProps,
  version: Partial<Version> = {},
  spec: object = {},
): CustomResourceDefinition {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
      ...spec,
    },
  } as unknown as CustomResourceDefinition;
  applyDefaults(info, definition);
  strategy.prepareForCreate(definition, context as Parameters<typeof strategy.prepareForCreate>[1]);
  return definition;
}

const errorsOf = (definition: CustomResourceDefinition) => strategy.validate(definition).map(fieldErrorText);
const spec = (property: JSONSchemaProps): JSONSchemaProps => ({ type: 'object', properties: { spec: property } });
const at = 'spec.validation.openAPIV3Schema';
const specAt = `${at}.properties[spec]`;

/** Each: what is wrong, a schema with it, and the findings. */
const schemas: [string, JSONSchemaProps, string[]][] = [
  ['nothing', spec({ type: 'object', properties: { a: { type: 'string', default: 'x' } } }), []],
  ['no type at the root', {}, [`${at}.type: Required value: must not be empty at the root`]],
  [
    'a field without a type',
    spec({}),
    [`${specAt}.type: Required value: must not be empty for specified object fields`],
  ],
  ['a list without items', spec({ type: 'array' }), [`${specAt}.items: Required value: must be specified`]],
  [
    'an unknown type',
    spec({ type: 'text' }),
    [
      `${specAt}.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  ],
  [
    'types in a junctor',
    spec({ type: 'object', properties: { a: { type: 'string' } }, anyOf: [{ properties: { a: { type: 'string' } } }] }),
    [`${specAt}.anyOf[0].properties[a].type: Forbidden: must be empty to be structural`],
  ],
  [
    'a junctor about what is not specified',
    spec({ type: 'object', anyOf: [{ properties: { a: { minLength: 1 } } }] }),
    [`${specAt}.properties[a]: Required value: because it is defined in ${specAt}.anyOf[0].properties[a]`],
  ],
  [
    'rules for metadata',
    { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
    [
      `${at}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
  [
    'a default that is wrong',
    spec({ type: 'object', properties: { a: { type: 'integer', default: 'x' } } }),
    [
      `${specAt}.properties[a].default: Invalid value: "string": ${specAt}.properties[a].default in body must be of type integer: "string"`,
    ],
  ],
  [
    'a default with unknown fields',
    spec({ type: 'object', default: { b: 1 }, properties: { a: { type: 'integer' } } }),
    [`${specAt}.default: Invalid value: {"b":1}: must not have unknown fields`],
  ],
  [
    'a map list without keys',
    spec({ type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } }),
    [`${specAt}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`],
  ],
  [
    'fields beside a map',
    spec({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } }),
    [`${specAt}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`],
  ],
  ['a reference', spec({ type: 'string', $ref: '#/x' }), [`${specAt}.$ref: Forbidden: $ref is not supported`]],
  [
    'a rule that does not compile',
    spec({ type: 'string', 'x-kubernetes-validations': [{ rule: 'self.nothing' }] }),
    [
      expect.stringContaining(
        `${specAt}.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.nothing"}: compilation failed: ERROR`,
      ) as unknown as string,
    ],
  ],
  [
    'a rule that is too expensive',
    spec({ type: 'array', items: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self.contains("a")' }] } }),
    [
      expect.stringContaining('rule: Forbidden: estimated rule cost exceeds budget by factor of'),
      expect.stringContaining(
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      ),
      expect.stringContaining('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds'),
    ] as unknown as string[],
  ],
  [
    'oldSelf where items have no identity',
    spec({
      type: 'array',
      maxItems: 2,
      items: { type: 'string', maxLength: 2, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
    }),
    [
      `${specAt}.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${specAt}`,
    ],
  ],
];

describe('a definition', () => {
  it.each(schemas)('with %s in its schema', (_, schema, errors) => {
    expect(errorsOf(definitionWith(schema))).toEqual(errors);
  });

  const fine = spec({ type: 'object', properties: { a: { type: 'string' }, n: { type: 'number' } } });

  it('wants its name to be that of its resource', () => {
    const definition = definitionWith(fine);
    definition.metadata.name = 'other.example.com';
    expect(errorsOf(definition)).toEqual([
      'metadata.name: Invalid value: "other.example.com": must be spec.names.plural+"."+spec.group',
    ]);
  });

  it('checks columns, scale, selectable fields and deprecation of a version', () => {
    const version = {
      additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec.a' }],
      subresources: { scale: { specReplicasPath: '.status.n', statusReplicasPath: '' } },
      selectableFields: [
        { jsonPath: '.spec.a' },
        { jsonPath: '.spec.a' },
        { jsonPath: '.spec.n' },
        { jsonPath: '.spec.z' },
      ],
      deprecationWarning: 'x',
    };
    expect(errorsOf(definitionWith(fine, version))).toEqual([
      'spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions',
      'spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
      'spec.subresources.scale.statusReplicasPath: Required value',
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec.a": must be a simple json path starting with .',
      'spec.selectableFields[1].jsonPath: Duplicate value: ".spec.a"',
      'spec.selectableFields[2].jsonPath: Invalid value: ".spec.n": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      'spec.selectableFields[3].jsonPath: Invalid value: ".spec.z": is an invalid path: does not refer to a valid field',
    ]);
  });

  it('has versions of different names, one of them stored', () => {
    const versions = ['v1', 'v1'].map((name) => ({
      name,
      served: true,
      storage: true,
      schema: { openAPIV3Schema: fine },
    }));
    expect(
      errorsOf(definitionWith(fine, {}, { versions })).map((text) => text.replace(/Invalid value: \[.*\]: /, '')),
    ).toEqual([
      'spec.versions: must contain unique version names',
      'spec.versions: must have exactly one version marked as storage version',
    ]);
  });

  it('needs approval for a group of Kubernetes', () => {
    const definition = definitionWith(fine, {}, { group: 'things.k8s.io' });
    definition.metadata.name = 'things.things.k8s.io';
    expect(errorsOf(definition)).toEqual([
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ]);
  });

  it('keeps the versions that objects may be stored in', () => {
    const old = definitionWith(fine);
    const next = structuredClone(old);
    next.spec.versions = [{ ...(old.spec.versions[0] as Version), name: 'v2' }];
    strategy.prepareForUpdate(next, old, context as Parameters<typeof strategy.prepareForCreate>[1]);
    expect(next.status.storedVersions).toEqual(['v1', 'v2']);
    expect(strategy.validateUpdate(next, old).map(fieldErrorText)).toEqual([
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ]);
  });

  it('wants exactly one place of a conversion webhook', () => {
    const conversion = { strategy: 'Webhook', webhook: { clientConfig: {}, conversionReviewVersions: ['v9'] } };
    expect(errorsOf(definitionWith(fine, {}, { conversion }))).toEqual([
      'spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required',
      'spec.conversion.conversionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
    ]);
  });
});
