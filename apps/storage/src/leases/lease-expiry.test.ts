import { afterEach, describe, expect, it } from '@jest/globals';
import { keyBytes } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import { MemoryLogger, VirtualTime } from '@orrery/runtime';
import { encodeRequest } from '../state-machine/log-command.ts';
import { StateMachine } from '../state-machine/state-machine.ts';
import { unavailable } from '../state-machine/storage-result.ts';
import { LeaseExpiry } from './lease-expiry.ts';

/** A member whose proposals are committed at once, unless it leads only in its own eyes. */
class Member {
  readonly time = new VirtualTime();
  readonly state = new StateMachine();
  leads = true;
  term = 1;
  isCutOff = false;
  proposals = 0;
  readonly expiry = new LeaseExpiry({
    clock: this.time,
    timers: this.time,
    logger: new MemoryLogger(),
    state: this.state,
    leads: () => this.leads,
    term: () => this.term,
    propose: async (data) => {
      this.proposals++;
      return this.isCutOff ? unavailable('nobody answers') : (this.state.apply(data) ?? unavailable('no result'));
    },
  });

  grant(id: string, ttlSeconds: number): void {
    this.apply({ $case: 'leaseGrant', value: { id, ttlSeconds } });
    const put = storagev1.Put.fromPartial({ key: keyBytes(`key-${id}`), lease: id });
    this.apply({
      $case: 'txn',
      value: { compare: [], success: [{ operation: { $case: 'put', value: put } }], failure: [] },
    });
  }

  get leases(): string[] {
    return this.state.store.leases().map(({ id }) => id);
  }

  private apply(operation: NonNullable<storagev1.Request['operation']>): void {
    this.state.apply(encodeRequest(0, storagev1.Request.encode({ requestId: '', operation }).finish()));
  }
}

let running: LeaseExpiry | undefined;
afterEach(() => running?.stop());

function start(): Member {
  const member = new Member();
  member.expiry.start();
  running = member.expiry;
  return member;
}

describe('the expiry of leases', () => {
  it('revokes a lease with its keys when its time is over, and not before', async () => {
    const member = start();
    member.grant('1', 10);
    member.grant('2', 60);
    await member.time.advance('9s');
    expect(member.leases).toEqual(['1', '2']);
    expect(member.expiry.remainingSeconds('1')).toBeLessThanOrEqual(1);
    await member.time.advance('2s');
    expect([member.leases, member.state.store.keys]).toEqual([['2'], 1]);
    expect(member.expiry.remainingSeconds('1')).toBe(-1);
  });

  it('gives a lease that is kept alive its whole time again, and refuses one that is over', async () => {
    const member = start();
    member.grant('1', 10);
    for (let n = 0; n < 5; n++) {
      await member.time.advance('9s');
      expect(await member.expiry.renew('1')).toEqual({ $case: 'leaseKeepAlive', value: { ttlSeconds: 10 } });
    }
    await member.time.advance('11s');
    expect(await member.expiry.renew('1')).toMatchObject({
      value: { code: storagev1.Error_Code.CODE_LEASE_NOT_FOUND },
    });
  });

  it('begins anew with each leadership, also where one ended between two looks', async () => {
    const member = start();
    member.grant('1', 10);
    await member.time.advance('9s');
    member.leads = false;
    member.expiry.wake();
    member.leads = true;
    member.term = 3;
    await member.time.advance('9s');
    expect(member.leases).toEqual(['1']);
    await member.time.advance('2s');
    expect(member.leases).toEqual([]);
  });

  it('neither revokes nor renews while the member does not lead', async () => {
    const member = start();
    member.grant('1', 10);
    member.leads = false;
    await member.time.advance('60s');
    expect([member.leases, member.proposals]).toEqual([['1'], 0]);
    expect(await member.expiry.renew('1')).toMatchObject({ value: { code: storagev1.Error_Code.CODE_UNAVAILABLE } });
  });

  it('tries again what was not committed', async () => {
    const member = start();
    member.grant('1', 10);
    member.isCutOff = true;
    await member.time.advance('20s');
    expect(member.leases).toEqual(['1']);
    expect(member.proposals).toBeGreaterThan(1);
    member.isCutOff = false;
    await member.time.advance('1s');
    expect(member.leases).toEqual([]);
  });
});
