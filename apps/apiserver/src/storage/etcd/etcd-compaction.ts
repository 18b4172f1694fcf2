import { etcdserverpb } from '@orrery/proto/etcd';
import type { Logger, Milliseconds, Timer, Timers } from '@orrery/runtime';
import { RevisionCompactedError } from '../storage-errors.ts';
import { type EtcdConnection, revisionOf } from './etcd-connection.ts';

/** States stay readable at least this long: the interval in which upstream's API server compacts. */
const compactionIntervalMs: Milliseconds = 5 * 60 * 1000;

/** Upstream's key, without any prefix: whoever else compacts the same etcd, a kube-apiserver for one, takes part in the same rounds. */
const roundKey = new TextEncoder().encode('compact_rev_key');

export interface EtcdCompactionParts {
  readonly connection: EtcdConnection;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The newest revision that nobody but readers of history still needs: what stands in the registry log. */
  readonly spent: () => number;
}

/**
 * Has etcd forget, every five minutes, the states of more than five minutes ago. Of several API servers the one compacts that first wins the round: the
 * version of one key counts the rounds, and only who knows the last one's may begin the next.
 */
export class EtcdCompaction {
  private timer: Timer | undefined;
  private round = 0;
  /** The newest revision when the last round was noticed; 0: not yet known. */
  private due = 0;

  constructor(private readonly parts: EtcdCompactionParts) {}

  start(): void {
    this.timer ??= this.parts.timers.every(compactionIntervalMs, () => void this.run());
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private async run(): Promise<void> {
    try {
      await this.takeRound();
    } catch (error) {
      // Somebody who takes no part in the rounds has compacted.
      if (error instanceof RevisionCompactedError) return;
      this.parts.logger.warn('etcd could not be compacted', { error });
    }
  }

  private async takeRound(): Promise<void> {
    const { connection, spent } = this.parts;
    const revision = Math.min(this.due, spent());
    const answer = await connection.call(etcdserverpb.KVService.txn, roundBegin(this.round, revision));
    this.due = revisionOf(answer);
    if (!answer.succeeded) {
      this.round = roundIn(answer);
      return;
    }
    this.round += 1;
    if (revision === 0) return;
    const request = etcdserverpb.CompactionRequest.fromPartial({ revision });
    await connection.call(etcdserverpb.KVService.compact, request, revision);
  }
}

function roundBegin(round: number, revision: number): etcdserverpb.TxnRequest {
  const { Compare_CompareResult: Result, Compare_CompareTarget: Target } = etcdserverpb;
  const value = etcdserverpb.PutRequest.fromPartial({ key: roundKey, value: Buffer.from(String(revision)) });
  const read = etcdserverpb.RangeRequest.fromPartial({ key: roundKey });
  return {
    compare: [
      {
        key: roundKey,
        target: Target.VERSION,
        result: Result.EQUAL,
        targetUnion: { $case: 'version', value: round },
        rangeEnd: new Uint8Array(0),
      },
    ],
    success: [{ request: { $case: 'requestPut', value } }],
    failure: [{ request: { $case: 'requestRange', value: read } }],
  };
}

function roundIn({ responses }: etcdserverpb.TxnResponse): number {
  const found = responses[0]?.response;
  return (found?.$case === 'responseRange' && found.value.kvs[0]?.version) || 0;
}
