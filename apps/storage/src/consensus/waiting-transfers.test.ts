import { describe, expect, it } from '@jest/globals';
import { TransferFailedError } from './raft-node-errors.ts';
import { type SeenLeadership, WaitingTransfers } from './waiting-transfers.ts';

const DEADLINE = 5;
const leading = (transferringTo: string): SeenLeadership => ({
  leader: 'a',
  isLeader: true,
  transferringTo: () => transferringTo,
  tick: 1,
});
const following = (leader: string): SeenLeadership => ({ leader, isLeader: false, transferringTo: () => '', tick: 1 });

describe('who waits for another leader', () => {
  it('waits while it is being handed over and while nobody leads, and is told when the other one does', async () => {
    const transfers = new WaitingTransfers();
    const done = transfers.add('b', DEADLINE);
    transfers.notice(leading('b'));
    transfers.notice(following(''));
    expect(transfers.isEmpty).toBe(false);
    transfers.notice(following('b'));
    await done;
    expect(transfers.isEmpty).toBe(true);
  });

  it.each([
    ['the leader has given it up', leading('')],
    ['the leader hands over to somebody else', leading('c')],
    ['somebody else leads', following('c')],
  ])('is told that %s', async (_case, seen) => {
    const transfers = new WaitingTransfers();
    const done = expect(transfers.add('b', DEADLINE)).rejects.toThrow(TransferFailedError);
    transfers.notice(seen);
    await done;
  });

  it('waits no longer than it wanted to, where nobody leads any more', async () => {
    const transfers = new WaitingTransfers();
    const done = expect(transfers.add('b', DEADLINE)).rejects.toThrow(TransferFailedError);
    transfers.notice({ ...following(''), tick: DEADLINE - 1 });
    expect(transfers.isEmpty).toBe(false);
    transfers.notice({ ...following(''), tick: DEADLINE });
    await done;
  });

  it('is not left waiting by a member that stops', async () => {
    const transfers = new WaitingTransfers();
    const done = expect(transfers.add('b', DEADLINE)).rejects.toThrow(TransferFailedError);
    transfers.giveUp();
    await done;
  });
});
