import type { Bus, Subjects, Subscription } from '@orrery/bus';
import type { FrozenStore } from '@orrery/kv';
import type { Logger, Timers } from '@orrery/runtime';
import { Backup } from './backup.ts';

export interface BackupServiceParts {
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Resolves when this member has applied all that was acknowledged before the call. */
  readonly readBarrier: () => Promise<unknown>;
  readonly freeze: () => FrozenStore;
}

/** Backups that a member makes at once; each holds on to the history that it reads, so that nothing is freed meanwhile. More are refused. */
const BACKUPS_MAX = 2;

/** Others are being made; ask again when they have been fetched. */
export class TooManyBackupsError extends Error {
  override readonly name = 'TooManyBackupsError';
  constructor(readonly countMax: number) {
    super(`${countMax} backups are being made already`);
  }
}

/** Streams backups to whoever runs the cluster: from any member, with everything that was acknowledged before the request. */
export class BackupService {
  #serving: Subscription | undefined;
  /** Backups that have not been released. */
  #underWay = 0;

  constructor(private readonly parts: BackupServiceParts) {}

  async start(): Promise<void> {
    const { bus, subjects } = this.parts;
    this.#serving = await bus.serveMany(subjects.backup(), () => this.stream(), { queue: 'storage' });
  }

  async stop(): Promise<void> {
    await this.#serving?.stop();
    this.#serving = undefined;
  }

  /** The backup in order. Leaving the loop early lets go of what it holds. Throws what the read barrier throws, and `TooManyBackupsError`. */
  async *stream(): AsyncGenerator<Uint8Array> {
    await this.parts.readBarrier();
    yield* (await this.#plan()).chunks();
  }

  /**
   * A backup whose size is known, of what this member has: all that was acknowledged as long as there is a majority, and otherwise, as from etcd, what it
   * knows, so that a cluster can be begun anew from the one member that is left. Whoever opens it reads it or closes it.
   * Throws `TooManyBackupsError`.
   */
  async open(): Promise<Backup> {
    const { readBarrier, logger } = this.parts;
    await readBarrier().catch((error: unknown) => {
      logger.warn('makes a backup without a majority: it may lack what others acknowledged', { error });
    });
    return this.#plan();
  }

  /** Throws `TooManyBackupsError`. */
  #plan(): Promise<Backup> {
    if (this.#underWay === BACKUPS_MAX) throw new TooManyBackupsError(BACKUPS_MAX);
    return Backup.plan(this.#freeze(), () => new Promise((resolve) => this.parts.timers.soon(resolve)));
  }

  #freeze(): FrozenStore {
    const frozen = this.parts.freeze();
    let isHeld = true;
    this.#underWay++;
    const release = (): void => {
      frozen.release();
      if (isHeld) this.#underWay--;
      isHeld = false;
    };
    return { ...frozen, release };
  }
}
