import { describe, expect, it } from '@jest/globals';
import { ResourceTable } from '../resource/resource-table.ts';
import { checkShape } from './check-shape.ts';
import { TypeSchemas } from './type-schemas.ts';

const deployment = 'api.apps.v1.Deployment';

describe('the shape of what a client sends', () => {
  it('names unknown fields by their path and drops them', () => {
    const report = checkShape(deployment, {
      spec: { foo: 1, replicas: 2, template: { spec: { containers: [{ name: 'a', imaage: 'x' }] } } },
    });
    expect(report.unknownFields).toEqual(['spec.foo', 'spec.template.spec.containers[0].imaage']);
    expect(report.pruned).toEqual({ spec: { replicas: 2, template: { spec: { containers: [{ name: 'a' }] } } } });
    expect(report.typeErrors).toEqual([]);
  });

  it.each([
    [
      { spec: { replicas: '3' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { spec: { template: { spec: { containers: { name: 'a' } } } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      { spec: { template: { spec: { containers: [{ image: true }] } } } },
      'json: cannot unmarshal bool into Go struct field Container.spec.template.spec.containers.image of type string',
    ],
    [{ spec: 5 }, 'json: cannot unmarshal number into Go struct field Deployment.spec of type v1.DeploymentSpec'],
    [[], 'json: cannot unmarshal array into Go value of type v1.Deployment'],
    [
      { spec: { template: { spec: { containers: [{ resources: { limits: { cpu: 'much' } } }] } } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ])('refuses %j', (value, message) => {
    expect(checkShape(deployment, value).typeErrors).toEqual([message]);
  });

  it('reads values as upstream holds them: no nulls, canonical quantities', () => {
    const limits = { cpu: '1000m', memory: '1024Mi' };
    const report = checkShape('api.core.v1.Pod', {
      metadata: { creationTimestamp: null, labels: { a: null } },
      spec: { nodeName: null, containers: [{ name: 'a', resources: { limits } }] },
    });
    expect(report.pruned).toEqual({
      metadata: { labels: { a: '' } },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: '1', memory: '1Gi' } } }] },
    });
  });

  it('checks base64', () => {
    expect(checkShape('api.core.v1.Secret', { data: { a: 'aGk=' } }).typeErrors).toEqual([]);
    expect(checkShape('api.core.v1.Secret', { data: { a: 'a*k=' } }).typeErrors).toEqual([
      'illegal base64 data at input byte 1',
    ]);
  });

  it('lets free JSON through', () => {
    const value = { apiVersion: 'apps/v1', kind: 'ControllerRevision', data: { any: [null] }, revision: 1 };
    expect(checkShape('api.apps.v1.ControllerRevision', value)).toEqual({
      unknownFields: [],
      typeErrors: [],
      pruned: value,
    });
  });
});

describe('the type schemas', () => {
  it('tell how lists are merged', () => {
    const containers = TypeSchemas.builtIn().get('api.core.v1.PodSpec').fields.get('containers');
    expect(containers).toMatchObject({
      required: true,
      listType: 'map',
      listMapKeys: ['name'],
      patchStrategies: ['merge'],
      mergeKey: 'name',
      type: { kind: 'list', items: { kind: 'object', typeName: 'api.core.v1.Container' } },
    });
  });

  it('can all be read', () => {
    const schemas = TypeSchemas.builtIn();
    for (const name of schemas.names()) expect(schemas.get(name).typeName).toBe(name);
  });

  it('know every built-in kind', () => {
    for (const info of ResourceTable.builtIn().all()) {
      expect(TypeSchemas.builtIn().get(info.typeName).fields.has('metadata')).toBe(true);
    }
  });
});
