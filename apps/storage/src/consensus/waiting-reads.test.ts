import { describe, expect, it } from '@jest/globals';
import { ReadUnavailableError, TooManyReadsError } from './raft-node-errors.ts';
import { WaitingReads } from './waiting-reads.ts';

const WAITING_MAX = 16_384;

describe('reads that wait', () => {
  it('of one turn share one question, and go on when what the leader named is applied', async () => {
    const reads = new WaitingReads();
    const both = Promise.all([reads.add(), reads.add()]);
    const context = reads.close(10);
    expect(reads.isNew).toBe(false);
    expect(reads.unanswered()).toEqual([context]);
    reads.answered(context, 7);
    expect(reads.unanswered()).toEqual([]);
    reads.release(6);
    reads.release(7);
    await both;
  });

  it('are given up when their time is over', async () => {
    const reads = new WaitingReads();
    const early = reads.add();
    reads.close(10);
    const late = reads.add();
    const context = reads.close(11);
    reads.giveUpAt(10);
    await expect(early).rejects.toThrow(ReadUnavailableError);
    reads.answered(context, 1);
    reads.release(1);
    await late;
  });

  it('are given up all together, also those for which nobody was asked', async () => {
    const reads = new WaitingReads();
    const asked = reads.add();
    reads.close(10);
    const given = [asked, reads.add()].map((read) => expect(read).rejects.toThrow(ReadUnavailableError));
    reads.giveUp();
    await Promise.all(given);
  });

  it('are refused when there are too many, until others are done', async () => {
    const reads = new WaitingReads();
    const waiting = Array.from({ length: WAITING_MAX }, () => reads.add());
    await expect(reads.add()).rejects.toThrow(TooManyReadsError);
    reads.answered(reads.close(10), 3);
    reads.release(3);
    await Promise.all(waiting);
    const next = reads.add();
    reads.answered(reads.close(10), 3);
    reads.release(3);
    await next;
  });
});
