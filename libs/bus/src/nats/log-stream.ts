import type { Ids, Timers } from '@orrery/runtime';
import type { LogOptions, LogPosition } from '../bus.ts';
import { isJetStreamError, type JetStreamApi, type StreamConfig } from './jet-stream-api.ts';

/** Streams of one log differ in so many characters, which no two of them share. */
const SUFFIX_LENGTH = 12;
/** Pause before a stream is looked for again that another writer is making, and how often that is done. */
const MAKING_PAUSE_MS = 25;
const MAKING_MAX = 200;

/** Another writer has begun the log anew at the same time, and was faster. */
export class LogTakenError extends Error {
  override readonly name = 'LogTakenError';
  constructor(readonly log: string) {
    super(`another writer has begun the log ${log}`);
  }
}

/**
 * Finds and makes the stream that is a log at the moment: the one that takes the log's subjects, of which the broker allows one at a time.
 *
 * Each stream has a name of its own, which is never used again. nats-server forgets a stream before it removes its files; a stream that is made
 * under the same name in between loses its files to that removal, and goes on as if it had them. Nobody can tell when the removal is done
 * except who has ordered it, and that may be an operator.
 *
 * Two writers need no turns. Should the broker let both make a stream at once, as some releases do, then the one whose name comes first is the log:
 * to every follower at once, and the writers delete the other.
 */
export class LogStream {
  constructor(
    private readonly log: string,
    private readonly options: LogOptions,
    private readonly jetStream: JetStreamApi,
    private readonly ids: Ids,
    private readonly timers: Timers,
  ) {}

  /** Name of the stream; `undefined` where there is none. */
  async find(): Promise<string | undefined> {
    const [name] = await this.inPlace();
    return name;
  }

  /** Is that the name of a stream of this log? Earlier releases have called the stream like the log. */
  isOurs(name: string): boolean {
    if (name === this.log) return true;
    const suffix = name.slice(this.log.length + 1);
    return name.startsWith(`${this.log}-`) && suffix.length === SUFFIX_LENGTH && !suffix.includes('-');
  }

  /** Makes a stream that begins at 1, unless there is one; its name. */
  async make(): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const found = (await this.single()) ?? (await this.makeFirst());
        await this.jetStream.updateStream(this.configOf(found));
        return found;
      } catch (error) {
        if (!isTaken(error) || attempt > MAKING_MAX) throw error;
      }
      await this.timers.sleep(MAKING_PAUSE_MS);
    }
  }

  /**
   * Puts a stream that begins at `position` in the place of `old`; its name. It is made aside, where nobody finds it, because a follower that came before
   * the beginning is set would be led over the gap. Throws `LogTakenError`.
   */
  async replace(old: string | undefined, position: LogPosition): Promise<string> {
    const name = this.newName();
    await this.jetStream.createStream(this.configOf(name, [name]));
    try {
      await this.jetStream.purge(name, position);
      if (old !== undefined) await this.jetStream.deleteStream(old);
      await this.jetStream.updateStream(this.configOf(name));
    } catch (error) {
      await this.jetStream.deleteStream(name);
      throw isTaken(error) ? new LogTakenError(this.log) : error;
    }
    if ((await this.single()) !== name) throw new LogTakenError(this.log);
    await this.removeLeftovers(name);
    return name;
  }

  /** The name of the stream that counts then. */
  private async makeFirst(): Promise<string> {
    const name = this.newName();
    await this.jetStream.createStream(this.configOf(name));
    const placed = (await this.single()) ?? name;
    await this.removeLeftovers(placed);
    return placed;
  }

  /** The stream that counts, the only one from now on. */
  private async single(): Promise<string | undefined> {
    const [name, ...others] = await this.inPlace();
    for (const other of others) await this.jetStream.deleteStream(other);
    return name;
  }

  /** Streams that take the log's subjects, the one that counts first. */
  private async inPlace(): Promise<string[]> {
    const names = await this.jetStream.streamNames(this.options.subjects[0]);
    return names.filter((name) => this.isOurs(name)).sort();
  }

  /** Streams that a writer has made aside before it died; one that is still at it loses to us. */
  private async removeLeftovers(placed: string): Promise<void> {
    for (const name of await this.jetStream.streamNames()) {
      if (name !== placed && this.isOurs(name)) await this.jetStream.deleteStream(name);
    }
  }

  private newName(): string {
    return `${this.log}-${this.ids.suffix(SUFFIX_LENGTH)}`;
  }

  private configOf(name: string, subjects = this.options.subjects): StreamConfig {
    return {
      name,
      subjects: [...subjects],
      retention: 'limits',
      discard: 'old',
      storage: 'file',
      num_replicas: 1,
      max_bytes: this.options.bytesMax,
    };
  }
}

/** Another writer's stream has the subjects, or it has deleted ours. */
function isTaken(error: unknown): boolean {
  return isJetStreamError(error, 'subjectsOverlap') || isJetStreamError(error, 'streamNotFound');
}
