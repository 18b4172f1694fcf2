import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { SnapshotReceiving } from './snapshot-receiving.ts';
import { SnapshotSending } from './snapshot-sending.ts';

const snapshot: raftv1.SnapshotMeta = { index: 8, term: 2, configuration: undefined, bytes: 10 };
const part = (offset: number, text: string, done = false) =>
  raftv1.SnapshotPart.create({ offset, data: Buffer.from(text), done });

describe('a snapshot that is sent', () => {
  it('is read part after part, each after the answer to the one before', () => {
    const sending = new SnapshotSending('b', snapshot, 4);
    const first = sending.takeRead();
    expect(first).toEqual({ to: 'b', snapshot, offset: 0, bytesMax: 4 });
    expect(sending.takeRead()).toBeUndefined();
    expect(sending.awaitsAnswer).toBe(false);
    expect(first !== undefined && sending.readDone(first)).toBe(true);
    expect(sending.awaitsAnswer).toBe(true);
    sending.acknowledged(4);
    expect(sending.takeRead()).toMatchObject({ offset: 4 });
  });

  it('takes no part that it does not wait for', () => {
    const sending = new SnapshotSending('b', snapshot, 4);
    const first = sending.takeRead();
    sending.refused();
    expect(first !== undefined && sending.readDone(first)).toBe(false);
  });

  it('does not ask for another part while one is being read', () => {
    const sending = new SnapshotSending('b', snapshot, 4);
    sending.takeRead();
    sending.acknowledged(4);
    expect(sending.offset).toBe(0);
    expect(sending.takeRead()).toBeUndefined();
  });
});

describe('a snapshot that arrives', () => {
  it('is given out part after part, one at a time', () => {
    const receiving = new SnapshotReceiving();
    expect(receiving.take('a', part(0, 'abcd'), snapshot)).toBeUndefined();
    const chunk = receiving.takeChunk(true);
    expect(chunk).toMatchObject({ from: 'a', offset: 0, done: false });
    expect(receiving.take('a', part(4, 'efgh'), snapshot)).toBeUndefined();
    expect(receiving.takeChunk(true)).toBeUndefined();
    expect(chunk !== undefined && receiving.written(chunk)).toBe(4);
    expect(receiving.take('a', part(4, 'efgh'), snapshot)).toBeUndefined();
    expect(receiving.takeChunk(true)).toMatchObject({ offset: 4 });
  });

  it('says how far it has come where a part does not fit or is only a question', () => {
    const receiving = new SnapshotReceiving();
    expect(receiving.take('a', part(4, 'efgh'), snapshot)).toBe(0);
    expect(receiving.take('a', part(0, ''), snapshot)).toBe(0);
  });

  it('begins anew with another snapshot and with another leader', () => {
    for (const [from, next] of [
      ['a', { ...snapshot, index: 9 }],
      ['b', snapshot],
    ] as const) {
      const receiving = new SnapshotReceiving();
      receiving.take('a', part(0, 'abcd'), snapshot);
      const chunk = receiving.takeChunk(false);
      expect(chunk !== undefined && receiving.written(chunk)).toBe(4);
      expect(receiving.take(from, part(4, 'efgh'), next)).toBe(0);
    }
  });

  it('gives the last part out when no write is open, and is then being installed', () => {
    const receiving = new SnapshotReceiving();
    receiving.take('a', part(0, 'abcdefghij', true), snapshot);
    expect(receiving.takeChunk(true)).toBeUndefined();
    expect(receiving.isInstalling).toBe(false);
    const chunk = receiving.takeChunk(false);
    expect(chunk?.done).toBe(true);
    expect(receiving.isInstalling).toBe(true);
    expect(chunk !== undefined && receiving.written(chunk)).toBeUndefined();
    expect(receiving.finish()).toBe(snapshot);
    expect(receiving.isInstalling).toBe(false);
  });
});
