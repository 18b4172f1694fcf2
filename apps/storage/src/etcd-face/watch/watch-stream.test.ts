import { describe, expect, it } from '@jest/globals';
import { KvStore, putCommand, WatchHub } from '@orrery/kv';
import { etcdserverpb, mvccpb } from '@orrery/proto/etcd';
import { WatchMessages } from './watch-messages.ts';
import { WatchStream } from './watch-stream.ts';

/** A client of a stream that is full when it wants to be. */
class Client {
  readonly store = new KvStore();
  readonly hub = new WatchHub(this.store);
  readonly got: etcdserverpb.WatchResponse[] = [];
  isFull = false;
  #caughtUp: () => void = () => undefined;
  readonly stream = new WatchStream({
    hub: this.hub,
    messages: new WatchMessages(),
    revision: () => this.store.revision,
    header: (revision) => ({ clusterId: '1', memberId: '2', revision, raftTerm: 3 }),
    send: (message) => {
      this.got.push(etcdserverpb.WatchResponse.decode(message));
      return !this.isFull;
    },
    drained: () =>
      new Promise((resolve) => {
        this.#caughtUp = resolve;
      }),
    countEvents: () => undefined,
    wakeHub: () => undefined,
  });

  put(key: string, value: string): void {
    this.store.apply(putCommand(key, new TextEncoder().encode(value)), { time: 0 });
  }

  create(request: Partial<etcdserverpb.WatchCreateRequest>): void {
    const value = etcdserverpb.WatchCreateRequest.fromPartial({ key: Buffer.from('k'), ...request });
    this.stream.take({ requestUnion: { $case: 'createRequest', value } });
  }

  wake(): void {
    while (this.hub.wake());
  }

  async catchUp(): Promise<void> {
    this.isFull = false;
    this.#caughtUp();
    await Promise.resolve();
    this.wake();
  }

  get values(): string[] {
    return this.got.flatMap(({ events }) => events.map(({ kv }) => Buffer.from(kv?.value ?? []).toString()));
  }
}

describe('the watches of one stream', () => {
  it('tells first that the watch is made, then the past, then what happens', () => {
    const client = new Client();
    client.put('k', 'old');
    client.create({ startRevision: 2 });
    client.wake();
    client.put('k', 'new');
    client.put('other', 'x');
    client.wake();
    expect(client.got.map(({ created }) => created)).toEqual([true, false, false]);
    expect(client.values).toEqual(['old', 'new']);
  });

  it('gives numbers to watches as etcd does, and refuses one that is taken', () => {
    const client = new Client();
    client.create({});
    client.create({ watchId: 1 });
    client.create({});
    client.create({ watchId: 1 });
    expect(client.got.map(({ watchId }) => watchId)).toEqual([0, 1, 2, -1]);
    expect(client.got.at(-1)).toMatchObject({
      created: true,
      canceled: true,
      cancelReason: 'mvcc: duplicate watch ID provided on the WatchStream',
    });
  });

  it('refuses a range that can hold nothing', () => {
    const client = new Client();
    client.create({ key: Buffer.from('b'), rangeEnd: Buffer.from('a') });
    expect(client.got).toMatchObject([{ watchId: -1, canceled: true, cancelReason: 'mvcc: watcher range is empty' }]);
  });

  it('says when the past is gone, and the watch with it', () => {
    const client = new Client();
    for (const value of ['1', '2', '3']) client.put('k', value);
    client.store.apply({ $case: 'compact', value: { revision: 4 } }, { time: 0 });
    client.create({ startRevision: 2 });
    client.wake();
    expect(client.got.at(-1)).toMatchObject({ watchId: 0, canceled: true, compactRevision: 4, events: [] });
    expect(client.hub.watchers).toBe(0);
  });

  it('sends nothing to a client that is behind, and leaves nothing out when it has caught up', async () => {
    const client = new Client();
    client.create({});
    client.isFull = true;
    client.put('k', '1');
    client.wake();
    for (const value of ['2', '3', '4']) client.put('k', value);
    client.wake();
    expect(client.values).toEqual(['1']);
    await client.catchUp();
    expect(client.values).toEqual(['1', '2', '3', '4']);
  });

  it('answers how far the stream is only when every watch is there', async () => {
    const client = new Client();
    client.create({});
    client.isFull = true;
    client.put('k', '1');
    client.wake();
    client.put('k', '2');
    client.stream.take({ requestUnion: { $case: 'progressRequest', value: {} } });
    client.wake();
    expect(client.got.filter(({ watchId }) => watchId === -1)).toEqual([]);
    await client.catchUp();
    expect(client.got.at(-1)).toMatchObject({ watchId: -1, header: { revision: 3 }, events: [] });
  });

  it('tells a quiet watch that asked for it how far it is', () => {
    const client = new Client();
    client.create({ progressNotify: true });
    client.create({});
    client.put('other', 'x');
    client.wake();
    client.stream.notifyProgress();
    client.stream.notifyProgress();
    expect(client.got.slice(2)).toMatchObject([{ watchId: 0, header: { revision: 2 }, events: [] }]);
  });

  it('cuts a large revision into fragments for who takes them', () => {
    const client = new Client();
    client.create({ rangeEnd: Buffer.from('l'), fragment: true });
    const value = new Uint8Array(1024 * 1024);
    const puts = ['k1', 'k2', 'k3'].map((key) => ({
      operation: {
        $case: 'put' as const,
        value: { key: Buffer.from(key), value, lease: '0', prevKv: false, ignoreValue: false, ignoreLease: false },
      },
    }));
    client.store.apply({ $case: 'txn', value: { compare: [], success: puts, failure: [] } }, { time: 0 });
    client.wake();
    const told = client.got.slice(1);
    expect(told.map(({ fragment }) => fragment)).toEqual([...told.slice(1).map(() => true), false]);
    expect(told.length).toBeGreaterThan(1);
    expect(told.flatMap(({ events }) => events)).toHaveLength(3);
  });

  it('writes a deletion and what was before as etcd does', () => {
    const client = new Client();
    client.put('k', 'old');
    client.create({ prevKv: true });
    const deletion = { key: Buffer.from('k'), rangeEnd: new Uint8Array(0), prevKv: false };
    const success = [{ operation: { $case: 'deleteRange' as const, value: deletion } }];
    client.store.apply({ $case: 'txn', value: { compare: [], success, failure: [] } }, { time: 0 });
    client.wake();
    expect(client.got.at(-1)?.events).toMatchObject([
      {
        type: mvccpb.Event_EventType.DELETE,
        kv: { modRevision: 3, createRevision: 0, version: 0 },
        prevKv: { createRevision: 2, value: Buffer.from('old') },
      },
    ]);
  });

  it('takes no more requests of a client that does not read the answers', async () => {
    const client = new Client();
    client.isFull = true;
    for (let n = 0; n < 16; n++) client.create({});
    await client.stream.readyToTake();
    client.create({});
    let isReady = false;
    const ready = client.stream.readyToTake().then(() => {
      isReady = true;
    });
    await Promise.resolve();
    expect(isReady).toBe(false);
    await client.catchUp();
    await ready;
  });

  it('forgets everything when it ends', () => {
    const client = new Client();
    client.create({});
    client.create({});
    client.stream.close();
    expect(client.hub.watchers).toBe(0);
  });
});
