import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CustomResourceDefinition } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { cronTabDefinition } from './cron-tab-definition.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const cronTabs = '/apis/stable.example.com/v1/namespaces/default/crontabs';
const merge = { contentType: 'application/merge-patch+json' };

describe('a custom resource', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({
      services: ['storage', 'apiserver'],
      apiServers: 2,
      settings: { apiserver: { advertiseAddress: '192.0.2.1' } },
    });
    const created = await cluster.raw.post(definitions, cronTabDefinition);
    expect(created.body.message).toBeUndefined();
    expect(created.body.status.storedVersions).toEqual(['v1']);
    await condition('crontabs.stable.example.com', 'Established', 'True');
  });
  afterAll(() => cluster.close());

  const condition = (name: string, type: string, status: string) =>
    cluster.waitFor(CustomResourceDefinition, { namespace: '', name }, (definition) =>
      Boolean(definition?.status.conditions?.some((one) => one.type === type && one.status === status)),
    );

  const cronTab = (name: string, spec: object = {}) => ({
    apiVersion: 'stable.example.com/v1',
    kind: 'CronTab',
    metadata: { name },
    spec: { cronSpec: '* * * * */5', ...spec },
  });

  it('is created with defaults, read, listed, and deleted', async () => {
    const created = await cluster.raw.post(cronTabs, { ...cronTab('a'), status: { replicas: 7 } });
    expect(created.body.message).toBeUndefined();
    expect(created).toMatchObject({ status: 201, body: { metadata: { generation: 1 }, spec: { replicas: 1 } } });
    expect(created.body.status).toBeUndefined();
    expect((await cluster.raw.get(`${cronTabs}/a`)).body).toEqual(created.body);
    expect((await cluster.raw.get(cronTabs)).body).toMatchObject({ kind: 'CronTabList', items: [created.body] });
    expect(await cluster.raw.request('DELETE', `${cronTabs}/a`)).toMatchObject({ status: 200 });
    expect(await cluster.raw.get(`${cronTabs}/a`)).toMatchObject({ status: 404 });
  });

  it('keeps spec and status apart, and counts changes of the spec', async () => {
    await cluster.raw.post(cronTabs, cronTab('s'));
    const both = { spec: { replicas: 2 }, status: { replicas: 2 } };
    const status = await cluster.raw.request('PATCH', `${cronTabs}/s/status`, both, merge);
    expect(status.body).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 1 }, status: { replicas: 2 } });
    const spec = await cluster.raw.request('PATCH', `${cronTabs}/s`, { ...both, status: { replicas: 9 } }, merge);
    expect(spec.body).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 2 }, status: { replicas: 2 } });
    const wrong = await cluster.raw.request('PATCH', `${cronTabs}/s/status`, { status: { replicas: 'x' } }, merge);
    expect(wrong.body.message).toContain(
      'status.replicas: Invalid value: "string": status.replicas in body must be of type integer: "string"',
    );
  });

  it('is scaled through its scale', async () => {
    await cluster.raw.post(cronTabs, cronTab('scaled'));
    const scale = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'scaled' }, spec: { replicas: 4 } };
    const put = await cluster.raw.request('PUT', `${cronTabs}/scaled/scale`, scale);
    expect(put.body).toMatchObject({ kind: 'Scale', spec: { replicas: 4 }, status: { replicas: 0 } });
    expect((await cluster.raw.get(`${cronTabs}/scaled`)).body.spec.replicas).toBe(4);
  });

  it('tells unknown fields as the client wishes', async () => {
    const wrong = cronTab('u', { colour: 'red' });
    const strict = await cluster.raw.post(`${cronTabs}?fieldValidation=Strict`, wrong);
    expect(strict.body.message).toBe(
      'CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.colour"',
    );
    const warned = await cluster.raw.post(`${cronTabs}?fieldValidation=Warn`, wrong);
    expect(warned).toMatchObject({ status: 201, warnings: ['unknown field "spec.colour"'] });
    expect(warned.body.spec.colour).toBeUndefined();
  });

  it('takes no strategic merge patch', async () => {
    await cluster.raw.post(cronTabs, cronTab('m'));
    const contentType = 'application/strategic-merge-patch+json';
    expect(await cluster.raw.request('PATCH', `${cronTabs}/m`, {}, { contentType })).toMatchObject({ status: 415 });
  });

  it('is stored with a new default as soon as it is read', async () => {
    await cluster.raw.post(cronTabs, cronTab('old'));
    const definition = (await cluster.raw.get(`${definitions}/crontabs.stable.example.com`)).body;
    const { spec } = definition.spec.versions[0].schema.openAPIV3Schema.properties;
    spec.properties.zone = { type: 'string', default: 'UTC' };
    const put = await cluster.raw.request('PUT', `${definitions}/crontabs.stable.example.com`, definition);
    expect(put).toMatchObject({ status: 200, body: { metadata: { generation: 2 } } });
    await cluster.waitFor(
      CustomResourceDefinition,
      { namespace: '', name: 'crontabs.stable.example.com' },
      (one) => one?.metadata.generation === 2,
    );
    expect((await cluster.raw.get(`${cronTabs}/old`)).body.spec.zone).toBe('UTC');
  });

  it('appears in discovery with what clients need', async () => {
    const { body } = await cluster.raw.get('/apis/stable.example.com/v1');
    expect(body.resources).toEqual([
      expect.objectContaining({
        name: 'crontabs',
        singularName: 'crontab',
        kind: 'CronTab',
        shortNames: ['ct'],
        categories: ['all'],
        storageVersionHash: expect.any(String),
      }),
      expect.objectContaining({ name: 'crontabs/scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }),
      expect.objectContaining({ name: 'crontabs/status', kind: 'CronTab' }),
    ]);
    const { body: v3 } = await cluster.raw.get('/openapi/v3/apis/stable.example.com/v1');
    expect(v3.components.schemas['com.example.stable.v1.CronTab']).toMatchObject({
      properties: {
        metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
      },
      'x-kubernetes-group-version-kind': [{ group: 'stable.example.com', kind: 'CronTab', version: 'v1' }],
    });
  });

  it('waits for names that another definition has, and gets them when that one goes', async () => {
    const rival = structuredClone(cronTabDefinition) as typeof cronTabDefinition;
    rival.metadata.name = 'crontabs2.stable.example.com';
    rival.spec.names = {
      ...rival.spec.names,
      plural: 'crontabs2',
      singular: 'crontab2',
      shortNames: ['ct'],
      kind: 'Other',
    };
    expect(await cluster.raw.post(definitions, rival)).toMatchObject({ status: 201 });
    const refused = await condition('crontabs2.stable.example.com', 'NamesAccepted', 'False');
    expect(refused?.status.conditions).toEqual([
      expect.objectContaining({
        type: 'NamesAccepted',
        reason: 'ShortNamesConflict',
        message: '"ct" is already in use',
      }),
      expect.objectContaining({ type: 'Established', status: 'False', reason: 'NotAccepted' }),
    ]);
    await cluster.raw.request('DELETE', `${definitions}/crontabs.stable.example.com`);
    await condition('crontabs2.stable.example.com', 'Established', 'True');
    expect(await cluster.raw.get(cronTabs)).toMatchObject({ status: 404 });
  });

  it('keeps its definition as long as its finalizers keep it', async () => {
    const things = '/apis/stable.example.com/v1/namespaces/default/crontabs2';
    const thing = { ...cronTab('held'), kind: 'Other', metadata: { name: 'held', finalizers: ['example.com/hold'] } };
    expect(await cluster.raw.post(things, thing)).toMatchObject({ status: 201 });
    const name = 'crontabs2.stable.example.com';
    await cluster.raw.request('DELETE', `${definitions}/${name}`);
    const terminating = await cluster.waitFor(CustomResourceDefinition, { namespace: '', name }, (definition) =>
      Boolean(definition?.status.conditions?.some(({ reason }) => reason === 'InstanceDeletionInProgress')),
    );
    expect(terminating?.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    const refused = await cluster.raw.post(things, { ...thing, metadata: { name: 'late' } });
    expect(refused.body.message).toBe('create not allowed while custom resource definition is terminating');
    await cluster.raw.request('PATCH', `${things}/held`, { metadata: { finalizers: null } }, merge);
    await cluster.waitFor(CustomResourceDefinition, { namespace: '', name }, (definition) => definition === undefined);
  });
});
