import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';

const configMaps = '/api/v1/namespaces/default/configmaps';
const tooOld =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, ' +
  'or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an ' +
  'inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

interface Listed {
  readonly items: { readonly metadata: { readonly name: string } }[];
}

function names({ items }: Listed): string[] {
  return items.map(({ metadata }) => metadata.name);
}

/** Lists by upstream's rules for states and pages. In virtual time. */
describe('a list', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await create(name, { even: String(name < 'c') });
  });
  afterAll(() => cluster.close());

  const create = (name: string, labels: object = {}) =>
    cluster.raw.post(configMaps, { metadata: { name, labels: { list: 'yes', ...labels } } });
  const remove = (name: string) => cluster.raw.request('DELETE', `${configMaps}/${name}`);
  const list = async (query: string) => (await cluster.raw.get(`${configMaps}?${query}`)).body;
  const continued = (body: { metadata: { continue: string } }, query: string) =>
    list(`${query}&continue=${encodeURIComponent(body.metadata.continue)}`);

  it('in pages shows one state, whatever happens in between', async () => {
    const first = await list('limit=2');
    expect([names(first), first.metadata.remainingItemCount]).toEqual([['a', 'b'], 3]);
    await remove('d');
    await create('cc');
    const second = await continued(first, 'limit=2');
    expect([names(second), second.metadata.remainingItemCount]).toEqual([['c', 'd'], 1]);
    const third = await continued(second, 'limit=2');
    expect([names(third), third.metadata.continue]).toEqual([['e'], undefined]);
    expect([second, third].map(({ metadata }) => metadata.resourceVersion)).toEqual(
      Array(2).fill(first.metadata.resourceVersion),
    );
    expect(names(await list('limit=100'))).toEqual(['a', 'b', 'c', 'cc', 'e']);
    await remove('cc');
    await create('d', { even: 'false' });
  });

  it('with a selector never tells how many remain, and fills its pages', async () => {
    const first = await list('limit=2&labelSelector=even=false');
    expect([names(first), first.metadata.remainingItemCount]).toEqual([['c', 'd'], undefined]);
    await remove('a');
    const second = await continued(first, 'limit=2&labelSelector=even=false');
    expect([names(second), second.metadata.continue]).toEqual([['e'], undefined]);
    await create('a', { even: 'true' });
  });

  it('shows exactly the state that is asked for, or one that is not older', async () => {
    const before = await list('');
    await remove('e');
    const { resourceVersion } = before.metadata;
    const exact = await list(`resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
    expect([names(exact), exact.metadata.resourceVersion]).toEqual([names(before), resourceVersion]);
    expect(names(await list(`resourceVersion=${resourceVersion}&limit=50`))).toEqual(names(before));
    expect(names(await list(`resourceVersion=${resourceVersion}`))).toEqual(['a', 'b', 'c', 'd']);
    expect(names(await list('resourceVersion=0&limit=1'))).toEqual(['a', 'b', 'c', 'd']);
    await create('e', { even: 'false' });
  });

  it('of a future that does not come is a timeout', async () => {
    const { status, body } = await cluster.raw.get(`${configMaps}?resourceVersion=1000000`);
    expect([status, body]).toMatchObject([
      504,
      {
        reason: 'Timeout',
        message: expect.stringMatching(/^Timeout: Too large resource version: 1000000, current: \d+$/),
        details: {
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
          retryAfterSeconds: 1,
        },
      },
    ]);
  });

  it('whose state is compacted can go on with the newest', async () => {
    const first = await list('limit=2');
    await remove('c');
    await cluster.time.advance('11m');
    await create('f');
    await cluster.time.advance('11m');
    const token = encodeURIComponent(first.metadata.continue);
    const { status, body } = await cluster.raw.get(`${configMaps}?limit=2&continue=${token}`);
    expect([status, body.reason, body.message]).toEqual([410, 'Expired', tooOld]);
    const inconsistent = await continued(body, 'limit=2');
    expect(names(inconsistent)).toEqual(['d', 'e']);
    expect(names(await continued(inconsistent, 'limit=2'))).toEqual(['f']);
    const old = `${configMaps}?resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`;
    expect((await cluster.raw.get(old)).body).toMatchObject({
      code: 410,
      reason: 'Expired',
      message: 'The resourceVersion for the provided list is too old.',
    });
  });

  it.each([
    [
      'fieldSelector=data.x=1',
      400,
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['labelSelector=a=(', 400, 'unable to parse requirement'],
    ['resourceVersion=abc', 400, 'invalid resource version: resourceVersion: Invalid value: "abc"'],
    ['continue=abc', 400, 'invalid continue token: continue key is not valid'],
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['resourceVersionMatch=Exact', 422, 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
  ])('with %s is refused', async (query, status, message) => {
    const answer = await cluster.raw.get(`${configMaps}?${query}`);
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(message)]);
  });
});
