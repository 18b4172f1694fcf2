import { createHash } from 'node:crypto';
import { type BoltFile, planBoltFile } from '@orrery/bolt';
import type { FrozenStore } from '@orrery/kv';
import { backupBuckets } from './backup-content.ts';

/** SHA-256 of all before it ends the file: what `etcdctl snapshot restore` checks. */
export const TRAILER_BYTES = 32;

/** A pause in which others may work; a backup never holds the member up for long. */
export type Pause = () => Promise<void>;

/** A backup that is ready to be written: a file in the format of `etcdctl snapshot save`. */
export class Backup {
  private constructor(
    private readonly content: FrozenStore,
    private readonly file: BoltFile,
    private readonly pause: Pause,
  ) {}

  /** Takes over `content`, which is released by `close`. */
  static async plan(content: FrozenStore, pause: Pause): Promise<Backup> {
    try {
      for (const _ of content.prepare()) await pause();
      const planning = planBoltFile(backupBuckets(content));
      for (let step = planning.next(); ; step = planning.next()) {
        if (step.done) return new Backup(content, step.value, pause);
        await pause();
      }
    } catch (error) {
      content.release();
      throw error;
    }
  }

  get revision(): number {
    return this.content.revision;
  }

  /** Of the whole file. */
  get bytes(): number {
    return this.file.bytes + TRAILER_BYTES;
  }

  /** The file in order. May be asked for once; ends with `close`. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    try {
      for (const chunk of this.file.chunks()) {
        hash.update(chunk);
        yield chunk;
        await this.pause();
      }
      yield new Uint8Array(hash.digest());
    } finally {
      this.close();
    }
  }

  /** May be called twice. */
  close(): void {
    this.content.release();
  }
}
