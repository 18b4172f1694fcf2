import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CustomResourceDefinition } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { type ReceivedReview, WebhookServer } from './webhook-server.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const hosts = (version: string) => `/apis/example.com/${version}/namespaces/default/hosts`;
const text = { type: 'string' };
const schemaOf = (properties: object) => ({
  openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
});

/** Version v1beta1 has one address, v1 a host and a port. */
function hostDefinition(conversion: object) {
  return {
    metadata: { name: 'hosts.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'hosts', kind: 'Host' },
      conversion,
      versions: [
        {
          name: 'v1beta1',
          served: true,
          storage: false,
          deprecated: true,
          schema: schemaOf({ address: text }),
          selectableFields: [{ jsonPath: '.spec.address' }],
        },
        { name: 'v1', served: true, storage: true, schema: schemaOf({ host: text, port: text }) },
      ],
    },
  };
}

function convertHost(object: Record<string, unknown>, apiVersion: string): object {
  const { spec = {} } = object as { spec?: { address?: string; host?: string; port?: string } };
  const [host, port] = (spec.address ?? '').split(':');
  const converted = apiVersion === 'example.com/v1' ? { host, port } : { address: `${spec.host}:${spec.port}` };
  return { ...object, apiVersion, spec: converted };
}

describe('a custom resource with two versions and a conversion webhook', () => {
  let cluster: TestCluster;
  let server: WebhookServer;

  beforeAll(async () => {
    server = await WebhookServer.start();
    cluster = await startCluster({ services: ['storage', 'apiserver'], time: 'real' });
    server.on('/convert', convert);
    const webhook = { clientConfig: server.clientConfig('/convert'), conversionReviewVersions: ['v1'] };
    const created = await cluster.raw.post(definitions, hostDefinition({ strategy: 'Webhook', webhook }));
    expect(created.body.message).toBeUndefined();
    await cluster.waitFor(CustomResourceDefinition, { namespace: '', name: 'hosts.example.com' }, (definition) =>
      Boolean(definition?.status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')),
    );
  });
  afterAll(async () => {
    await cluster.close();
    await server.stop();
  });

  function convert({ review }: ReceivedReview) {
    const { objects, desiredAPIVersion } = review.request;
    const convertedObjects = objects.map((object: Record<string, unknown>) => convertHost(object, desiredAPIVersion));
    return { result: { status: 'Success' }, convertedObjects };
  }

  const host = (name: string, address: string) => ({
    apiVersion: 'example.com/v1beta1',
    kind: 'Host',
    metadata: { name },
    spec: { address },
  });

  it('is served in the version that a client asks for', async () => {
    const created = await cluster.raw.post(hosts('v1beta1'), host('a', 'one:80'));
    expect(created).toMatchObject({
      status: 201,
      body: { apiVersion: 'example.com/v1beta1', spec: { address: 'one:80' } },
      warnings: ['example.com/v1beta1 Host is deprecated; use example.com/v1 Host'],
    });
    const read = await cluster.raw.get(`${hosts('v1')}/a`);
    expect(read.body).toMatchObject({ apiVersion: 'example.com/v1', spec: { host: 'one', port: '80' } });
    expect(read.warnings).toEqual([]);
  });

  it('asks once for a whole list, and not again for what it has asked', async () => {
    for (const name of ['b', 'c'])
      await cluster.raw.post(hosts('v1'), {
        ...host(name, ''),
        apiVersion: 'example.com/v1',
        spec: { host: name, port: '1' },
      });
    server.received.length = 0;
    const list = await cluster.raw.get(hosts('v1beta1'));
    expect(list.body.items.map(({ spec }: { spec: object }) => spec)).toEqual(
      expect.arrayContaining([{ address: 'b:1' }, { address: 'c:1' }]),
    );
    expect(server.received).toHaveLength(1);
    await cluster.raw.get(hosts('v1beta1'));
    expect(server.received).toHaveLength(1);
  });

  it('is patched in the version of the path and stored in the other', async () => {
    await cluster.raw.post(hosts('v1'), {
      ...host('p', ''),
      apiVersion: 'example.com/v1',
      spec: { host: 'p', port: '1' },
    });
    const patch = { spec: { address: 'q:2' } };
    const patched = await cluster.raw.request('PATCH', `${hosts('v1beta1')}/p`, patch, {
      contentType: 'application/merge-patch+json',
    });
    expect(patched).toMatchObject({ status: 200, body: { spec: { address: 'q:2' } } });
    expect((await cluster.raw.get(`${hosts('v1')}/p`)).body.spec).toEqual({ host: 'q', port: '2' });
  });

  it('is selected by the fields of the version that a client asks for, page by page too', async () => {
    const chosen = (query: string) =>
      cluster.raw.get(`${hosts('v1beta1')}?fieldSelector=spec.address%3Dsame:1&${query}`);
    const namesOf = ({ items }: { items: { metadata: { name: string } }[] }) =>
      items.map(({ metadata }) => metadata.name);
    for (const name of ['s1', 's2', 's3']) await cluster.raw.post(hosts('v1beta1'), host(name, 'same:1'));
    expect(namesOf((await chosen('')).body)).toEqual(['s1', 's2', 's3']);
    const first = await chosen('limit=1');
    expect(namesOf(first.body)).toEqual(['s1']);
    // From here on the state of the first page is past.
    await cluster.raw.request('DELETE', `${hosts('v1beta1')}/s3`);
    const rest = await chosen(`continue=${first.body.metadata.continue}`);
    expect(namesOf(rest.body)).toEqual(['s2', 's3']);
  });

  it('fails in the words of the webhook', async () => {
    await cluster.raw.post(hosts('v1'), {
      ...host('f', ''),
      apiVersion: 'example.com/v1',
      spec: { host: 'f', port: '1' },
    });
    server.on('/convert', () => ({ result: { status: 'Failure', message: 'no time' } }));
    const failed = await cluster.raw.get(`${hosts('v1beta1')}/f`);
    expect(failed).toMatchObject({ status: 500 });
    expect(failed.body.message).toContain('conversion webhook for example.com/v1, Kind=Host failed: no time');
    server.on('/convert', ({ review }) => {
      const [object] = review.request.objects;
      const renamed = { ...object, apiVersion: 'example.com/v1beta1', metadata: { ...object.metadata, name: 'other' } };
      return { result: { status: 'Success' }, convertedObjects: [renamed] };
    });
    const renamed = await cluster.raw.get(`${hosts('v1beta1')}/f`);
    expect(renamed.body.message).toContain('must have the same name: f != other');
    server.on('/convert', convert);
    expect(await cluster.raw.get(`${hosts('v1beta1')}/f`)).toMatchObject({ status: 200 });
  });

  it('is seen by a policy in the version that the policy names', async () => {
    server.on('/convert', convert);
    const registration = '/apis/admissionregistration.k8s.io/v1';
    const rule = {
      apiGroups: ['example.com'],
      apiVersions: ['v1beta1'],
      operations: ['CREATE'],
      resources: ['hosts'],
    };
    await cluster.raw.post(`${registration}/validatingadmissionpolicies`, {
      metadata: { name: 'addresses' },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        matchConditions: [{ name: 'bad', expression: "object.spec.address.startsWith('bad')" }],
        validations: [
          { expression: "object.spec.address == 'bad:1'", messageExpression: "'not ' + object.spec.address" },
        ],
      },
    });
    await cluster.raw.post(`${registration}/validatingadmissionpolicybindings`, {
      metadata: { name: 'addresses' },
      spec: { policyName: 'addresses', validationActions: ['Deny'] },
    });
    const create = (name: string, port: string) =>
      cluster.raw.post(hosts('v1'), { ...host(name, ''), apiVersion: 'example.com/v1', spec: { host: name, port } });
    expect(await create('good', '9')).toMatchObject({ status: 201 });
    expect(await create('bad', '1')).toMatchObject({ status: 201 });
    const refused = await create('bad2', '2');
    expect(refused).toMatchObject({ status: 422 });
    expect(refused.body.message).toContain('not bad2:2');
  });

  it('ends a watch whose objects cannot be converted any more', async () => {
    server.on('/convert', convert);
    const path = '/apis/example.com/v1beta1/watch/namespaces/default/hosts/w?timeoutSeconds=20';
    const inV1 = { ...host('w', ''), apiVersion: 'example.com/v1', spec: { host: 'w', port: '1' } };
    await cluster.raw.post(hosts('v1'), inV1);
    const watching = cluster.raw.get(path);
    server.on('/convert', () => ({ result: { status: 'Failure', message: 'no time' } }));
    const contentType = 'application/merge-patch+json';
    const changed = await cluster.raw.request('PATCH', `${hosts('v1')}/w`, { spec: { port: '2' } }, { contentType });
    expect(changed).toMatchObject({ status: 200 });
    const lines = (await watching).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 500 } });
    expect(lines.at(-1).object.message).toContain('conversion webhook for example.com/v1, Kind=Host failed: no time');
    server.on('/convert', convert);
  });
});
