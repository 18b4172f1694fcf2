import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';

const services = '/api/v1/namespaces/default/services';

describe('a cluster with two ranges of cluster IPs', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({
      services: ['storage', 'apiserver'],
      settings: { apiserver: { serviceCidr: '10.96.0.0/12,fd00::/108' } },
    });
  });
  afterAll(() => cluster.close());

  const create = (name: string, spec: object) =>
    cluster.raw.post(services, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

  it('gives a Service an address of the first family, unless it asks for more', async () => {
    const { spec } = (await create('plain', {})).body;
    expect(spec).toMatchObject({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect(spec.clusterIPs).toEqual([expect.stringMatching(/^10\./)]);
  });

  it('gives one of each family to a Service that wants both, in its order', async () => {
    const preferred = (await create('both', { ipFamilyPolicy: 'PreferDualStack' })).body.spec;
    expect(preferred.ipFamilies).toEqual(['IPv4', 'IPv6']);
    expect(preferred.clusterIPs).toEqual([expect.stringMatching(/^10\./), expect.stringMatching(/^fd00::/)]);
    const ordered = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] };
    const reversed = (await create('reversed', ordered)).body.spec;
    expect(reversed.clusterIP).toMatch(/^fd00::/);
    const address = (await cluster.raw.get(`/apis/networking.k8s.io/v1/ipaddresses/${reversed.clusterIP}`)).body;
    expect(address.metadata.labels).toMatchObject({ 'ipaddress.kubernetes.io/ip-family': 'IPv6' });
  });

  it('gives the address that is asked for once', async () => {
    expect((await create('six', { clusterIP: 'fd00::beef' })).body.spec).toMatchObject({ ipFamilies: ['IPv6'] });
    const again = await create('again', { clusterIP: 'fd00::beef' });
    expect(again).toMatchObject({ status: 422 });
    expect(again.body.message).toContain('provided IP is already allocated');
    const outside = await create('outside', { clusterIP: 'fd01::1' });
    expect(outside.body.message).toContain('The range of valid IPs is fd00::/108');
  });

  it('gives the second address back when the Service lets it go', async () => {
    const created = await create('shrinks', { ipFamilyPolicy: 'PreferDualStack' });
    const [, second] = created.body.spec.clusterIPs;
    const shrunk = await cluster.raw.request(
      'PATCH',
      `${services}/shrinks`,
      { spec: { ipFamilyPolicy: 'SingleStack' } },
      { contentType: 'application/merge-patch+json' },
    );
    expect(shrunk.body.spec.clusterIPs).toHaveLength(1);
    expect(await cluster.raw.get(`/apis/networking.k8s.io/v1/ipaddresses/${second}`)).toMatchObject({ status: 404 });
  });

  it('tells of its ranges, and has the API in the first', async () => {
    const range = (await cluster.raw.get('/apis/networking.k8s.io/v1/servicecidrs/kubernetes')).body;
    expect(range.spec.cidrs).toEqual(['10.96.0.0/12', 'fd00::/108']);
    expect((await cluster.raw.get(`${services}/kubernetes`)).body.spec.clusterIP).toBe('10.96.0.1');
  });
});
