import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { HttpsCluster } from './https-cluster.ts';
import { exchange, OpenWatch, type WatchEvent } from './https-exchange.ts';

jest.setTimeout(30_000);

const configMaps = '/api/v1/namespaces/default/configmaps';
const streaming = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

/** Watches over real HTTPS, by upstream's rules for where they begin and what they tell. */
describe('a watch', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(() => cluster.stop());

  const create = async (name: string, labels: object = {}): Promise<string> => {
    const body = JSON.stringify({ metadata: { name, labels } });
    return (await exchange(cluster, configMaps, { method: 'POST', body })).body.metadata.resourceVersion;
  };
  const label = async (name: string, labels: object): Promise<string> => {
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    const body = JSON.stringify({ metadata: { labels } });
    return (await exchange(cluster, `${configMaps}/${name}`, { method: 'PATCH', headers, body })).body.metadata
      .resourceVersion;
  };
  const remove = (name: string) => exchange(cluster, `${configMaps}/${name}`, { method: 'DELETE' });
  const open = (query: string, accept?: string) =>
    OpenWatch.open(cluster, `${configMaps}?watch=true&${query}`, accept ? { headers: { Accept: accept } } : {});
  const summary = ({ type, object }: WatchEvent): string => `${type} ${object.metadata?.name ?? ''}`.trim();

  it('from a revision tells what happened since, then what happens', async () => {
    const since = await create('since-a');
    await create('since-b');
    const watch = await open(`resourceVersion=${since}`);
    await label('since-b', { x: 'y' });
    await remove('since-b');
    expect((await watch.next(3)).map(summary)).toEqual(['ADDED since-b', 'MODIFIED since-b', 'DELETED since-b']);
    watch.close();
  });

  it('that streams the list ends it with a marked bookmark at the state that it shows', async () => {
    const created = Number(await create('stream-a', { stream: 'yes' }));
    const watch = await open(`${streaming}&labelSelector=stream`);
    const [first, mark] = await watch.next(2);
    expect(first && summary(first)).toBe('ADDED stream-a');
    expect(mark).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    });
    expect(Number(mark?.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(created);
    await create('stream-b', { stream: 'yes' });
    expect((await watch.next(1)).map(summary)).toEqual(['ADDED stream-b']);
    watch.close();
  });

  it('with a selector tells of what comes and goes, with the revision of the change', async () => {
    const since = await create('select', {});
    const watch = await open(`resourceVersion=${since}&labelSelector=chosen`);
    const added = await label('select', { chosen: 'yes', color: 'red' });
    const left = await label('select', { chosen: null, color: 'blue' });
    const [first, second] = await watch.next(2);
    expect(first).toMatchObject({ type: 'ADDED', object: { metadata: { resourceVersion: added } } });
    expect(second).toMatchObject({
      type: 'DELETED',
      object: { metadata: { name: 'select', resourceVersion: left, labels: { color: 'red' } } },
    });
    watch.close();
  });

  it('of one object is a watch with its name', async () => {
    const since = await create('one');
    const watch = await OpenWatch.open(
      cluster,
      `/api/v1/watch/namespaces/default/configmaps/one?resourceVersion=${since}`,
    );
    await create('another');
    await remove('one');
    expect((await watch.next(1)).map(summary)).toEqual(['DELETED one']);
    watch.close();
  });

  it('as tables has columns in the first only', async () => {
    const since = await create('table-a');
    const watch = await open(`resourceVersion=${since}`, 'application/json;as=Table;g=meta.k8s.io;v=v1');
    await create('table-b');
    await create('table-c');
    const events = await watch.next(2);
    expect(
      events.map(({ object }) => [object.kind, object.columnDefinitions?.length ?? 0, object.rows.length]),
    ).toEqual([
      ['Table', 3, 1],
      ['Table', 0, 1],
    ]);
    watch.close();
  });

  it('as metadata carries nothing else', async () => {
    const since = await create('partial-a');
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const watch = await open(`resourceVersion=${since}`, accept);
    await create('partial-b');
    const [{ object }] = (await watch.next(1)) as [WatchEvent];
    expect(Object.keys(object).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'partial-b' } });
    watch.close();
  });

  it('from before the history is told to list again', async () => {
    await cluster.restartApiServer();
    const { status, text } = await exchange(cluster, `${configMaps}?watch=true&resourceVersion=1`);
    expect([status, JSON.parse(text)]).toEqual([
      200,
      {
        type: 'ERROR',
        object: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
          reason: 'Expired',
          code: 410,
        },
      },
    ]);
  });

  /** What a watch over a WebSocket sends until there are two messages. */
  async function socketMessages(
    query: string,
    accept: string,
    meanwhile: () => Promise<unknown>,
  ): Promise<WatchEvent[]> {
    const { certificates, port } = cluster;
    const socket = new WebSocket(`wss://127.0.0.1:${port}${configMaps}?watch=true&${query}`, {
      ca: certificates.authority.certificate,
      cert: certificates.admin.certificate,
      key: certificates.admin.key,
      headers: { Accept: accept },
    });
    const messages: WatchEvent[] = [];
    const received = new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data) => {
        messages.push(JSON.parse(String(data)));
        if (messages.length === 2) resolve();
      });
    });
    await new Promise((resolve) => socket.once('open', resolve));
    await meanwhile();
    await received;
    socket.close();
    await new Promise((resolve) => socket.once('close', resolve));
    return messages;
  }

  it('over a WebSocket sends each event as a message', async () => {
    const since = await create('socket-a');
    const messages = await socketMessages(`resourceVersion=${since}`, 'application/json', async () => {
      await create('socket-b');
      await remove('socket-b');
    });
    expect(messages.map(summary)).toEqual(['ADDED socket-b', 'DELETED socket-b']);
  });

  it.each(['PartialObjectMetadata', 'Table'])('over a WebSocket sends %s where that is asked for', async (as) => {
    const since = await create(`socket-${as.toLowerCase()}`);
    const accept = `application/json;as=${as};g=meta.k8s.io;v=v1`;
    const [added] = await socketMessages(`resourceVersion=${since}`, accept, async () => {
      await create('socket-shaped');
      await remove('socket-shaped');
    });
    expect(added).toMatchObject({ type: 'ADDED', object: { kind: as, apiVersion: 'meta.k8s.io/v1' } });
  });

  it('ends by itself when its time is over', async () => {
    const watch = await open('timeoutSeconds=1&labelSelector=nothing');
    expect(await watch.next(1)).toEqual([]);
  });

  it.each([
    ['sendInitialEvents=true', 422, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
    ['resourceVersion=x', 400, 'invalid resource version'],
    ['timeoutSeconds=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  ])('with %s is refused', async (query, status, message) => {
    const answer = await exchange(cluster, `${configMaps}?watch=1&${query}`);
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(message)]);
  });
});
