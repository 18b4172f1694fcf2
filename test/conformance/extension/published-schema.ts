import { expect } from '@jest/globals';
import { type Endpoint, exchange } from '../../api/https-exchange.ts';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import type { TestDefinition } from './test-definition.ts';

const text = (description: string) => ({ description, type: 'string' });
const listOf = (description: string, properties: object, more: object = {}) => ({
  description,
  type: 'array',
  items: { type: 'object', properties, ...more },
});

export const fooSchema = {
  description: 'Foo CRD for Testing',
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      description: 'Specification of Foo',
      properties: {
        bars: listOf(
          'List of Bars and their specs.',
          {
            name: text('Name of Bar.'),
            age: text('Age of Bar.'),
            feeling: { ...text('Whether Bar is feeling great.'), enum: ['Great', 'Down'] },
            bazs: { description: 'List of Bazs.', items: { type: 'string' }, type: 'array' },
          },
          { required: ['name'] },
        ),
      },
    },
    status: {
      description: 'Status of Foo',
      type: 'object',
      properties: {
        bars: listOf('List of Bars and their statuses.', {
          name: text('Name of Bar.'),
          available: { description: 'Whether the Bar is installed.', type: 'boolean' },
          quxType: { ...text('Indicates to external qux type.'), pattern: 'in-tree|out-of-tree' },
        }),
      },
    },
  },
};

const status = {
  description: 'Status of Waldo',
  type: 'object',
  properties: {
    bars: { description: 'List of Bars and their statuses.', type: 'array', items: { type: 'object' } },
  },
};
const spec = {
  description: 'Specification of Waldo',
  type: 'object',
  properties: { dummy: { description: 'Dummy property.', type: 'object' } },
};
const unknownFields = { 'x-kubernetes-preserve-unknown-fields': true };

export const waldoSchema = {
  description: 'Waldo CRD for Testing',
  type: 'object',
  properties: { spec, status },
};

export const preserveRootSchema = {
  ...waldoSchema,
  description: 'preserve-unknown-properties at root for Testing',
  ...unknownFields,
};

export const preserveNestedSchema = {
  description: 'preserve-unknown-properties in nested field for Testing',
  type: 'object',
  properties: { spec: { ...spec, ...unknownFields }, status },
};

/** The schema of a version in `/openapi/v2`, without what the API server adds to every one; `undefined` where there is none. */
export async function publishedSchema(
  cluster: Endpoint,
  { created, kind }: TestDefinition,
  version: string,
): Promise<ReadObject> {
  const { status, text } = await exchange(cluster, '/openapi/v2');
  expect(status).toBe(200);
  const reversed = created.spec.group.split('.').reverse().join('.');
  const definition = JSON.parse(text).definitions[`${reversed}.${version}.${kind}`];
  if (definition === undefined) return undefined;
  const { 'x-kubernetes-group-version-kind': _, 'x-kubernetes-selectable-fields': __, ...schema } = definition;
  const { apiVersion, kind: ___, metadata, ...properties } = schema.properties ?? {};
  const { properties: ____, ...rest } = schema;
  return Object.keys(properties).length === 0 ? rest : { ...rest, properties };
}
