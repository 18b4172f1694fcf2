import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CustomResourceDefinition } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { cronTabDefinition } from './cron-tab-definition.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const cronTabs = '/apis/stable.example.com/v1/namespaces/default/crontabs';
const configMaps = '/api/v1/namespaces/default/configmaps';
const protobuf = 'application/vnd.kubernetes.protobuf';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster({ services: ['storage', 'apiserver'] });
  await cluster.raw.post(definitions, cronTabDefinition);
  await cluster.waitFor(
    CustomResourceDefinition,
    { namespace: '', name: 'crontabs.stable.example.com' },
    (definition) =>
      Boolean(definition?.status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')),
  );
});
afterAll(() => cluster.close());

const cronTab = (name: string, spec: object = {}) => ({
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name },
  spec: { cronSpec: '* * * * */5', ...spec },
});

describe('the body of a custom resource', () => {
  it.each([
    [
      'no kind',
      { kind: undefined },
      400,
      'the object provided is unrecognized (must be of type CronTab): Object \'Kind\' is missing in \'{"apiVersion":"stable.example.com/v1","metadata":{"name":"x"},"spec":{"cronSpec":"* * * * */5"}}\' ({"apiVersion":"stable.example. ...)',
    ],
    [
      'no version',
      { apiVersion: undefined },
      400,
      'the API version in the data () does not match the expected API version (stable.example.com/v1)',
    ],
    [
      'another version',
      { apiVersion: 'stable.example.com/v2' },
      400,
      'the API version in the data (stable.example.com/v2) does not match the expected API version (stable.example.com/v1)',
    ],
    [
      'another kind',
      { kind: 'Tab' },
      422,
      'Tab.stable.example.com "x" is invalid: kind: Invalid value: "Tab": must be CronTab',
    ],
  ])('says what it is: %s is refused', async (_, change, status, message) => {
    const answer = await cluster.raw.post(cronTabs, { ...cronTab('x'), ...change });
    expect(answer).toMatchObject({ status, body: { message } });
  });

  it('cannot be made another kind by a patch', async () => {
    await cluster.raw.post(cronTabs, cronTab('patched'));
    const patch = (change: object) =>
      cluster.raw.request('PATCH', `${cronTabs}/patched`, change, { contentType: 'application/merge-patch+json' });
    expect(await patch({ kind: 'Tab' })).toMatchObject({
      status: 422,
      body: { message: 'Tab.stable.example.com "patched" is invalid: kind: Invalid value: "Tab": must be CronTab' },
    });
    const without = await patch({ kind: null });
    expect(without).toMatchObject({ status: 422 });
    expect(without.body.message).toContain("Object 'Kind' is missing in ");
  });

  it('is never protobuf', async () => {
    const sent = await cluster.raw.post(cronTabs, 'k8s\0', { contentType: protobuf });
    expect(sent).toMatchObject({ status: 415 });
    expect(sent.body.message).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    );
    const read = await cluster.raw.post(cronTabs, cronTab('unread'), { accept: protobuf });
    expect(read).toMatchObject({ status: 406 });
    expect(await cluster.raw.get(`${cronTabs}/unread`)).toMatchObject({ status: 404 });
    const either = await cluster.raw.get(cronTabs, { accept: `${protobuf},application/json` });
    expect(either).toMatchObject({ status: 200, contentType: 'application/json' });
    const metadata = await cluster.raw.get(cronTabs, {
      accept: `${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`,
    });
    expect(metadata).toMatchObject({ status: 200, contentType: protobuf });
  });
});

describe('an integer that would lose digits', () => {
  const big = '9223372036854775807';
  const merge = { contentType: 'application/merge-patch+json' };
  const withSize = (name: string) =>
    JSON.stringify(cronTab(name, { volumes: [{ name: 'v', size: 'SIZE' }] })).replace('"SIZE"', big);

  it('is kept by a custom resource through writes, patches and other representations', async () => {
    const created = await cluster.raw.post(cronTabs, withSize('big'));
    expect([created.status, created.text]).toEqual([201, expect.stringContaining(`"size":${big}`)]);
    const path = `${cronTabs}/big`;
    const patched = await cluster.raw.request('PATCH', path, { spec: { image: 'x' } }, merge);
    expect([patched.status, patched.text]).toEqual([200, expect.stringContaining(`"size":${big}`)]);
    const changed = `{"spec":{"volumes":[{"name":"v","size":-${big}}]}}`;
    await cluster.raw.request('PATCH', path, changed, merge);
    expect((await cluster.raw.get(path)).text).toContain(`"size":-${big}`);
    expect((await cluster.raw.get(`${cronTabs}?pretty=true`)).text).toContain(`"size": -${big}`);
    expect((await cluster.raw.get(path, { accept: 'application/yaml' })).text).toContain(`size: -${big}`);
    const applied = await cluster.raw.request('PATCH', `${path}?fieldManager=a&force=true`, withSize('big'), {
      contentType: 'application/apply-patch+yaml',
    });
    expect([applied.status, applied.text]).toEqual([200, expect.stringContaining(`"size":${big}`)]);
    await cluster.raw.request('PATCH', path, changed, merge);
    const again = await cluster.raw.request('PUT', path, (await cluster.raw.get(path)).text);
    expect(again.text).toContain(`"size":-${big}`);
  });

  it('is refused by a built-in kind, and in YAML', async () => {
    const body = `{"metadata":{"name":"late"},"spec":{"activeDeadlineSeconds":${big},"containers":[]}}`;
    const answer = await cluster.raw.post('/api/v1/namespaces/default/pods', body);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body.message).toContain(`cannot keep number ${big} of spec.activeDeadlineSeconds exactly`);
    const yaml = `apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {name: y}\nspec: {replicas: ${big}}\n`;
    const asYaml = await cluster.raw.post(cronTabs, yaml, { contentType: 'application/yaml' });
    expect(asYaml.body.message).toContain(`cannot keep number ${big} of spec.replicas exactly`);
  });

  it('is no integer where upstream holds a float', async () => {
    const renamed = {
      ...cronTabDefinition,
      metadata: { name: 'limits.stable.example.com' },
      spec: { ...cronTabDefinition.spec, names: { plural: 'limits', kind: 'Limit' } },
    };
    const body = JSON.stringify(renamed).replace('"minimum":0', '"minimum":0,"maximum":9223372036854775807');
    expect(await cluster.raw.post(definitions, body)).toMatchObject({ status: 201 });
  });
});

describe('a YAML body', () => {
  const yaml = { contentType: 'application/yaml' };

  it('has the booleans of YAML 1.1', async () => {
    const body = 'metadata: {name: yes-and-no}\nimmutable: yes\ndata: {a: "on"}\n';
    expect((await cluster.raw.post(configMaps, body, yaml)).body).toMatchObject({ immutable: true, data: { a: 'on' } });
    const wrong = await cluster.raw.post(configMaps, 'metadata: {name: wrong}\ndata: {a: off}\n', yaml);
    expect(wrong).toMatchObject({ status: 400 });
    expect(wrong.body.message).toContain(
      'json: cannot unmarshal bool into Go struct field ConfigMap.data of type string',
    );
  });
});
