import type { Timers } from '@orrery/runtime';
import { NoResponderError } from '../bus-errors.ts';
import type { Requester } from '../messaging/requester.ts';
import type { WireHeaders } from '../messaging/wire.ts';

const RETRY_DELAY_MS = 25;
/** How often a request is repeated that found nobody: JetStream takes a moment after a restart of the broker. */
const RETRIES_MAX = 200;
const NOTHING = new Uint8Array(0);

/** Error codes of JetStream's API that mean something to us. */
export const JET_STREAM_ERROR = {
  consumerStreamInvalid: 10_012,
  messageNotFound: 10_037,
  streamNotFound: 10_059,
  streamDiffers: 10_060,
  subjectsOverlap: 10_065,
  wrongLastSequence: 10_071,
  storeFailed: 10_077,
} as const;

/** JetStream refused. */
export class JetStreamError extends Error {
  override readonly name = 'JetStreamError';
  constructor(
    readonly subject: string,
    readonly errorCode: number,
    readonly description: string,
  ) {
    super(`${subject}: ${description} (${errorCode})`);
  }
}

/** As the broker's API takes it. */
export type StreamConfig = { readonly name: string } & Record<string, unknown>;

export interface StreamState {
  readonly messages: number;
  readonly first_seq: number;
  readonly last_seq: number;
}

export interface StreamInfo {
  readonly state: StreamState;
}

export interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  /** Base64; missing where there is none. */
  readonly data?: string;
}

export interface ConsumerInfo {
  readonly delivered: { readonly stream_seq: number };
  readonly num_pending: number;
}

/**
 * JetStream's JSON API over plain requests (https://docs.nats.io/reference/reference-protocols/nats_api_reference), the few calls that a log needs.
 * The client library's own consumers would need wider permissions than a node may have.
 */
export class JetStreamApi {
  constructor(
    private readonly requester: Pick<Requester, 'request'>,
    private readonly timers: Timers,
  ) {}

  streamInfo(stream: string): Promise<StreamInfo> {
    return this.call(`$JS.API.STREAM.INFO.${stream}`);
  }

  /** Names of all streams, or of those that take `subject`: the first page of them, which holds 1,024. */
  async streamNames(subject?: string): Promise<readonly string[]> {
    const answer = await this.call<{ streams: readonly string[] | null }>('$JS.API.STREAM.NAMES', { subject });
    return answer.streams ?? [];
  }

  async createStream(config: StreamConfig): Promise<void> {
    await this.call(`$JS.API.STREAM.CREATE.${config.name}`, config);
  }

  async updateStream(config: StreamConfig): Promise<void> {
    await this.call(`$JS.API.STREAM.UPDATE.${config.name}`, config);
  }

  /** Nothing happens where there is no such stream. Consumers go with it. */
  async deleteStream(stream: string): Promise<void> {
    try {
      await this.call(`$JS.API.STREAM.DELETE.${stream}`);
    } catch (error) {
      if (!isJetStreamError(error, 'streamNotFound')) throw error;
    }
  }

  /** `undefined` where the message, or the stream, is not there. */
  async messageAt(stream: string, sequence: number): Promise<StoredMessage | undefined> {
    try {
      const answer = await this.call<{ message: StoredMessage }>(`$JS.API.STREAM.MSG.GET.${stream}`, { seq: sequence });
      return answer.message;
    } catch (error) {
      if (isJetStreamError(error, 'messageNotFound') || isJetStreamError(error, 'streamNotFound')) return undefined;
      throw error;
    }
  }

  /** Removes messages before `sequence`; the next message gets that number at least. */
  async purge(stream: string, sequence: number): Promise<void> {
    await this.call(`$JS.API.STREAM.PURGE.${stream}`, { seq: sequence });
  }

  createConsumer(
    stream: string,
    name: string,
    config: { readonly filter_subject: string } & Record<string, unknown>,
  ): Promise<ConsumerInfo> {
    const subject = `$JS.API.CONSUMER.CREATE.${stream}.${name}.${config.filter_subject}`;
    return this.call(subject, { stream_name: stream, config: { name, ...config } });
  }

  /** Publishes to a stream; the number of the message in it. Throws `NoResponderError` where no stream takes it. */
  async publish(subject: string, data: Uint8Array, headers: WireHeaders): Promise<number> {
    const answer = await this.requester.request(subject, data, {}, headers);
    return answerOf<{ seq: number }>(subject, answer).seq;
  }

  private call<Answer>(subject: string, body?: object): Promise<Answer> {
    return this.ask(subject, body === undefined ? NOTHING : Buffer.from(JSON.stringify(body)));
  }

  private async ask<Answer>(subject: string, data: Uint8Array): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.requester.request(subject, data);
        return answerOf<Answer>(subject, answer);
      } catch (error) {
        if (!(error instanceof NoResponderError) || attempt > RETRIES_MAX) throw error;
      }
      await this.timers.sleep(RETRY_DELAY_MS);
    }
  }
}

export function isJetStreamError(error: unknown, kind: keyof typeof JET_STREAM_ERROR): error is JetStreamError {
  return error instanceof JetStreamError && error.errorCode === JET_STREAM_ERROR[kind];
}

/** The broker has found files of a stream gone. Of what went wrong with the disk it gives no code, only the system's words. */
export function isMissingFile(error: unknown): boolean {
  return isJetStreamError(error, 'storeFailed') && error.description.includes('no such file or directory');
}

interface Refusal {
  readonly error?: { readonly err_code?: number; readonly code: number; readonly description?: string };
}

function answerOf<Answer>(subject: string, data: Uint8Array): Answer {
  const answer = JSON.parse(Buffer.from(data).toString('utf8')) as Answer & Refusal;
  if (answer.error === undefined) return answer;
  const { err_code: errorCode, code, description } = answer.error;
  throw new JetStreamError(subject, errorCode ?? code, description ?? 'no description');
}
