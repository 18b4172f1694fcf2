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

  it('leaves out empty lists and maps where the field may be left out', () => {
    const sent = {
      metadata: { labels: {}, managedFields: [] },
      spec: { tolerations: [], volumes: [{ name: 'a', emptyDir: {} }], containers: [] },
    };
    expect(checkShape('api.core.v1.Pod', sent).pruned).toEqual({
      metadata: { managedFields: [] },
      spec: { volumes: [{ name: 'a', emptyDir: {} }], containers: [] },
    });
  });

  it('fills in required fields that upstream holds themselves, and none that it holds by a pointer', () => {
    expect(checkShape('api.resource.v1.ResourceClaimTemplate', { spec: null }).pruned).toEqual({ spec: { spec: {} } });
    expect(checkShape('api.networking.v1.HTTPIngressPath', {}).pruned).toEqual({ backend: {} });
    expect(checkShape('api.core.v1.TopologySpreadConstraint', {}).pruned).toEqual({
      maxSkew: 0,
      topologyKey: '',
      whenUnsatisfiable: '',
    });
  });

  it.each([
    ['acquireTime', '2026-01-01T02:00:00.000001+02:00', '2026-01-01T00:00:00.000001Z'],
    ['renewTime', '2026-01-01T00:00:00.120000Z', '2026-01-01T00:00:00.120000Z'],
  ])('writes times in UTC: %s %s', (field, sent, kept) => {
    expect(checkShape('api.coordination.v1.LeaseSpec', { [field]: sent }).pruned).toEqual({ [field]: kept });
    const whole = checkShape('api.batch.v1.CronJobStatus', { lastScheduleTime: sent }).pruned;
    expect(whole).toEqual({ lastScheduleTime: '2026-01-01T00:00:00Z' });
  });

  it.each([
    ['yesterday', '"yesterday"', '2006'],
    ['2026-01-01T00:00:00Z', '"Z"', '.000000'],
    ['2026-01-01T00:00:00.5Z', '".5Z"', '.000000'],
    ['2026-01-01T00:00:00.500000', '""', 'Z07:00'],
  ])('refuses the time %s', (sent, unread, as) => {
    expect(checkShape('api.coordination.v1.LeaseSpec', { renewTime: sent }).typeErrors).toEqual([
      `parsing time "${sent}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${unread} as "${as}"`,
    ]);
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
