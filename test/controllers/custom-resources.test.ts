import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiObject, ConfigMap, CustomResourceDefinition, Namespace, resourceType } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { cronTabDefinition } from '../api/cron-tab-definition.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const cronTabs = (namespace: string) => `/apis/stable.example.com/v1/namespaces/${namespace}/crontabs`;
const cronTab = {
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name: 'a' },
  spec: { cronSpec: '* * * * *' },
};

describe('controllers and custom resources', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({
      services: ['storage', 'apiserver', 'controller-manager'],
      settings: { apiserver: { advertiseAddress: '192.0.2.1' } },
    });
    await cluster.raw.post(definitions, cronTabDefinition);
    await cluster.waitFor(
      CustomResourceDefinition,
      { namespace: '', name: 'crontabs.stable.example.com' },
      (definition) =>
        Boolean(definition?.status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')),
    );
  });
  afterAll(() => cluster.close());

  it('delete the custom resources of a namespace with it', async () => {
    await cluster.raw.post('/api/v1/namespaces', { metadata: { name: 'doomed' } });
    expect(await cluster.raw.post(cronTabs('doomed'), cronTab)).toMatchObject({ status: 201 });
    await cluster.raw.request('DELETE', '/api/v1/namespaces/doomed');
    await cluster.waitFor(Namespace, { namespace: '', name: 'doomed' }, (namespace) => namespace === undefined);
    expect((await cluster.raw.get('/apis/stable.example.com/v1/crontabs')).body.items).toEqual([]);
  });

  it('delete what a custom resource owns', async () => {
    const owner = await cluster.raw.post(cronTabs('default'), cronTab);
    const { uid, name } = owner.body.metadata;
    const ownerReferences = [{ apiVersion: 'stable.example.com/v1', kind: 'CronTab', name, uid }];
    await cluster.raw.post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'owned', ownerReferences } });
    await cluster.raw.request('DELETE', `${cronTabs('default')}/a`);
    await cluster.waitFor(ConfigMap, { namespace: 'default', name: 'owned' }, (owned) => owned === undefined);
  });

  it('delete custom resources whose stored version is not served any more', async () => {
    const [v1] = cronTabDefinition.spec.versions;
    const versions = (served: boolean) => [
      { ...v1, served },
      { ...v1, name: 'v2', storage: false },
    ];
    const patch = (served: boolean) =>
      cluster.raw.request(
        'PATCH',
        `${definitions}/crontabs.stable.example.com`,
        { spec: { versions: versions(served) } },
        { contentType: 'application/merge-patch+json' },
      );
    await patch(true);
    await cluster.raw.post('/api/v1/namespaces', { metadata: { name: 'outdated' } });
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '' }];
    const owner = await cluster.raw.post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'owner' } });
    ownerReferences[0] = { ...ownerReferences[0], uid: owner.body.metadata.uid } as (typeof ownerReferences)[0];
    const owned = { ...cronTab, metadata: { name: 'owned', ownerReferences } };
    expect(await cluster.raw.post(cronTabs('default'), owned)).toMatchObject({ status: 201 });
    expect(await cluster.raw.post(cronTabs('outdated'), cronTab)).toMatchObject({ status: 201 });
    expect(await patch(false)).toMatchObject({ status: 200 });

    await cluster.raw.request('DELETE', '/api/v1/namespaces/default/configmaps/owner');
    await cluster.raw.request('DELETE', '/api/v1/namespaces/outdated');
    await cluster.waitFor(Namespace, { namespace: '', name: 'outdated' }, (namespace) => namespace === undefined);
    const CronTabV2 = resourceType<ApiObject>('stable.example.com', 'v2', 'crontabs');
    await cluster.waitFor(CronTabV2, { namespace: 'default', name: 'owned' }, (object) => object === undefined);
  });
});
