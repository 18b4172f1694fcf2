import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyValueStore } from '../../apps/apiserver/src/storage/key-value-store.ts';
import {
  FutureRevisionError,
  LeaseNotFoundError,
  ValueTooLargeError,
} from '../../apps/apiserver/src/storage/storage-errors.ts';
import { busStore } from './bus-store.ts';
import { etcdStore, type OpenStore } from './etcd-store.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

/** The contract of `KeyValueStore`, for both of its kinds. */
describe.each([
  ['our storage service', busStore],
  ['etcd', etcdStore],
])('KeyValueStore on %s', (_name, open) => {
  let opened: OpenStore;
  let store: KeyValueStore;
  let cases = 0;
  /** Each case has keys of its own. */
  let at: (key: string) => string;

  beforeAll(async () => {
    opened = await open();
    ({ store } = opened);
  });
  afterAll(() => opened?.close());

  /** The revision of a write that must succeed. */
  async function written(outcome: ReturnType<KeyValueStore['create']>): Promise<number> {
    const result = await outcome;
    expect(result).toMatchObject({ succeeded: true });
    return result.revision;
  }

  function keys(): void {
    cases += 1;
    const root = `/registry/case-${cases}/`;
    at = (key) => root + key;
  }

  it('creates a key once', async () => {
    keys();
    const revision = await written(store.create(at('a'), bytes('one')));
    expect(await store.create(at('a'), bytes('two'))).toMatchObject({
      succeeded: false,
      current: { key: at('a'), value: bytes('one'), modRevision: revision },
    });
    expect(text((await store.get(at('a'))).stored?.value)).toBe('one');
  });

  it('updates only what was last changed at the given revision', async () => {
    keys();
    const first = await written(store.create(at('a'), bytes('one')));
    const second = await written(store.update(at('a'), bytes('two'), first));
    expect(second).toBeGreaterThan(first);
    expect(await store.update(at('a'), bytes('three'), first)).toMatchObject({
      succeeded: false,
      current: { value: bytes('two'), modRevision: second },
    });
  });

  it('refuses to update and to delete what is not there, and says so', async () => {
    keys();
    const revision = await store.currentRevision();
    for (const outcome of [await store.update(at('a'), bytes('x'), revision), await store.delete(at('a'), revision)]) {
      expect(outcome).toEqual({ succeeded: false, revision: expect.any(Number), current: undefined });
    }
  });

  it('deletes only what was last changed at the given revision', async () => {
    keys();
    const first = await written(store.create(at('a'), bytes('one')));
    const second = await written(store.update(at('a'), bytes('two'), first));
    expect(await store.delete(at('a'), first)).toMatchObject({ succeeded: false, current: { modRevision: second } });
    const third = await written(store.delete(at('a'), second));
    expect(third).toBeGreaterThan(second);
    expect((await store.get(at('a'))).stored).toBeUndefined();
    expect(await written(store.create(at('a'), bytes('again')))).toBeGreaterThan(third);
  });

  it('gives each of many writers that race for a key a revision of its own, and one of them the key', async () => {
    keys();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, number) => store.create(at('race'), bytes(String(number)))),
    );
    const winners = outcomes.filter(({ succeeded }) => succeeded);
    expect(winners).toHaveLength(1);
    const others = await Promise.all(
      Array.from({ length: 20 }, (_, number) => store.create(at(`own-${number}`), bytes('x'))),
    );
    expect(new Set(others.map(({ revision }) => revision)).size).toBe(20);
  });

  it('pages through a prefix as of one revision', async () => {
    keys();
    for (const name of ['a', 'b', 'c', 'd']) await store.create(at(name), bytes(name));
    const first = await store.page({ prefix: at(''), limit: 2 });
    expect(first).toMatchObject({ more: true, count: 4, items: [{ key: at('a') }, { key: at('b') }] });
    await store.create(at('bb'), bytes('late'));
    const rest = { prefix: at(''), from: `${at('b')}\0`, limit: 10, revision: first.revision };
    expect(await store.page(rest)).toMatchObject({
      revision: first.revision,
      more: false,
      count: 2,
      items: [{ key: at('c'), value: bytes('c') }, { key: at('d') }],
    });
    expect(await store.page({ prefix: at(''), limit: 10 })).toMatchObject({ count: 5, more: false });
  });

  it('keeps names beyond ASCII and bytes beyond text', async () => {
    keys();
    const value = Uint8Array.from({ length: 256 }, (_, index) => index);
    await written(store.create(at('größe-星'), value));
    const page = await store.page({ prefix: at('gr'), limit: 1 });
    expect(page.items).toEqual([{ key: at('größe-星'), value, modRevision: expect.any(Number) }]);
  });

  it('knows no revision of the future', async () => {
    keys();
    const revision = (await store.currentRevision()) + 1_000;
    await expect(store.page({ prefix: at(''), limit: 1, revision })).rejects.toThrow(FutureRevisionError);
  });

  it('tells a revision as new as every acknowledged write', async () => {
    keys();
    const revision = await written(store.create(at('a'), bytes('x')));
    expect(await store.currentRevision()).toBeGreaterThanOrEqual(revision);
    expect((await store.get(at('none'))).revision).toBeGreaterThanOrEqual(revision);
  });

  it('refuses values that are too large, and works on', async () => {
    keys();
    await expect(store.create(at('large'), new Uint8Array(3 * 1024 * 1024))).rejects.toThrow(ValueTooLargeError);
    await written(store.create(at('small'), bytes('x')));
  });

  it('takes 1.4 MB', async () => {
    keys();
    await written(store.create(at('large'), new Uint8Array(1_400_000)));
    expect((await store.get(at('large'))).stored?.value).toHaveLength(1_400_000);
  });

  it('deletes what has a lease when the lease ends, at a revision of its own', async () => {
    keys();
    const lease = await store.grantLease(1);
    const created = await written(store.create(at('short'), bytes('x'), lease));
    const kept = await written(store.create(at('long'), bytes('x')));
    let found = await store.get(at('short'));
    while (found.stored !== undefined) {
      // In between, timers must have their turn: a request over the bus in memory leaves them none.
      await new Promise((resolve) => setImmediate(resolve));
      found = await store.get(at('short'));
    }
    expect(found.revision).toBeGreaterThan(Math.max(created, kept));
    expect((await store.get(at('long'))).stored).toBeDefined();
  });

  it('refuses a lease that nobody has granted', async () => {
    keys();
    await expect(store.create(at('a'), bytes('x'), '12345')).rejects.toThrow(LeaseNotFoundError);
    expect((await store.get(at('a'))).stored).toBeUndefined();
  });
});
