import { describe, expect, it } from '@jest/globals';
import { SeededIds, SeededRandom, VirtualTime } from '@orrery/runtime';
import type { Message } from '../bus.ts';
import { MemoryBroker } from '../memory/memory-broker.ts';
import { JET_STREAM_ERROR, JetStreamApi } from './jet-stream-api.ts';
import { LogStream } from './log-stream.ts';

const LOG = 'l';
const SUBJECT = 'l.>';
const STEP_MS_MAX = 4;

interface Stream {
  subjects: readonly string[];
  first: number;
}

interface Asked {
  readonly name?: string;
  readonly subject?: string;
  readonly subjects?: readonly string[];
  readonly seq?: number;
}

/**
 * As much of JetStream's API as making a stream takes, of the laxest release: what a call checks may have changed before it has its effect, so that two
 * streams can come to take the same subjects.
 */
class LaxJetStream {
  readonly streams = new Map<string, Stream>();
  /** Every name ever used. */
  readonly names: string[] = [];
  /** First sequence of each stream at the moment at which it began to take the log's subjects. */
  readonly beginnings: number[] = [];
  readonly time = new VirtualTime();
  readonly #broker = new MemoryBroker({ timers: this.time });
  readonly #random: SeededRandom;

  constructor(private readonly seed: number) {
    this.#random = new SeededRandom(seed);
  }

  get inPlace(): string[] {
    return [...this.streams].filter(([, { subjects }]) => subjects.includes(SUBJECT)).map(([name]) => name);
  }

  async start(): Promise<void> {
    await this.#broker.connect().serve('$JS.API.STREAM.>', (message) => this.#answer(message));
  }

  /** The log's stream as one client sees it. */
  client(name: string): LogStream {
    const api = new JetStreamApi(this.#broker.connect(), this.time);
    return new LogStream(
      LOG,
      { subjects: [SUBJECT], bytesMax: 1_000 },
      api,
      new SeededIds(`${this.seed}/${name}`),
      this.time,
    );
  }

  async settle(work: readonly Promise<unknown>[]): Promise<void> {
    let isDone = false;
    void Promise.allSettled(work).then(() => {
      isDone = true;
    });
    await this.time.runUntil(() => isDone);
  }

  async #answer({ subject, data }: Message): Promise<Uint8Array> {
    const [, , , call = '', name = ''] = subject.split('.');
    const asked = (data.length === 0 ? {} : JSON.parse(Buffer.from(data).toString())) as Asked;
    return Buffer.from(JSON.stringify(await this.#do(call, name, asked)));
  }

  async #do(call: string, name: string, asked: Asked): Promise<object> {
    await this.#aMoment();
    const { subject, subjects = [], seq = 1 } = asked;
    if (call === 'NAMES')
      return { streams: this.#inAnyOrder(subject === undefined ? [...this.streams.keys()] : this.inPlace) };
    if (call !== 'CREATE' && !this.streams.has(name)) return refusal('streamNotFound');
    const overlaps = this.inPlace.some((other) => other !== name) && subjects.includes(SUBJECT);
    if (overlaps) return refusal('subjectsOverlap');
    await this.#aMoment();
    if (call === 'CREATE') this.names.push(name);
    else if (!this.streams.has(name)) return refusal('streamNotFound');
    const stream = this.streams.get(name) ?? { subjects: [], first: 1 };
    if (call === 'DELETE') this.streams.delete(name);
    else this.streams.set(name, stream);
    if (call === 'PURGE') stream.first = seq;
    if (subjects.includes(SUBJECT) && !stream.subjects.includes(SUBJECT)) this.beginnings.push(stream.first);
    if (subjects.length > 0) stream.subjects = subjects;
    return { success: true };
  }

  #inAnyOrder(names: string[]): string[] {
    return this.#random.integer(2) === 0 ? names : names.reverse();
  }

  async #aMoment(): Promise<void> {
    await this.time.sleep(this.#random.integer(STEP_MS_MAX));
  }
}

function refusal(kind: keyof typeof JET_STREAM_ERROR): object {
  return { error: { code: 400, err_code: JET_STREAM_ERROR[kind], description: kind } };
}

async function jetStream(seed: number): Promise<LaxJetStream> {
  const made = new LaxJetStream(seed);
  await made.start();
  return made;
}

const seeds = Array.from({ length: 300 }, (_, at) => at + 1);

describe('the stream of a log', () => {
  it('is one, however many make it at once, and however lax the broker is', async () => {
    let twins = 0;
    for (const seed of seeds) {
      const broker = await jetStream(seed);
      const clients = ['a', 'b', 'c'].map((name) => broker.client(name));
      await broker.settle(clients.map((client) => client.make()));
      twins += broker.names.length > 1 ? 1 : 0;
      expect([seed, broker.inPlace]).toEqual([seed, [...broker.streams.keys()]]);
      expect(broker.inPlace).toHaveLength(1);
    }
    // Otherwise nothing was tried.
    expect(twins).toBeGreaterThan(10);
  });

  it('is one again after several have replaced it at once, and its name is new', async () => {
    for (const seed of seeds) {
      const broker = await jetStream(seed);
      const clients = ['a', 'b', 'c'].map((name) => broker.client(name));
      await broker.settle([clients[0]?.make() ?? Promise.resolve()]);
      const [old] = broker.inPlace;
      await broker.settle(clients.map((client, at) => client.replace(old, 40 + at)));
      expect(broker.inPlace.length).toBeLessThanOrEqual(1);
      await broker.settle(clients.map((client) => client.make()));
      expect(broker.inPlace).toHaveLength(1);
      expect(broker.inPlace).not.toEqual([old]);
      expect(new Set(broker.names).size).toBe(broker.names.length);
    }
  });

  it('begins where it is meant to before anybody can find it', async () => {
    for (const seed of seeds) {
      const broker = await jetStream(seed);
      await broker.settle([broker.client('a').replace(undefined, 41)]);
      expect(broker.beginnings).toEqual([41]);
    }
  });

  it('is the same one to everybody where writers have died and left several, until the next one clears up', async () => {
    const names = ['l-cccccccccccc', 'l-bbbbbbbbbbbb', 'l-dddddddddddd'];
    for (const seed of seeds) {
      const broker = await jetStream(seed);
      for (const name of names) broker.streams.set(name, { subjects: [SUBJECT], first: 1 });
      const found: (string | undefined)[] = [];
      const find = async (): Promise<unknown> => found.push(await broker.client('a').find());
      await broker.settle([find(), find(), find()]);
      await broker.settle([broker.client('b').make(), broker.client('c').make()]);
      expect([found, broker.inPlace]).toEqual([Array(3).fill('l-bbbbbbbbbbbb'), ['l-bbbbbbbbbbbb']]);
    }
  });

  it('leaves nothing behind of a writer that has died', async () => {
    const broker = await jetStream(1);
    broker.streams.set('l-dead23456789', { subjects: ['l-dead23456789'], first: 1 });
    broker.streams.set('l-other-23456789', { subjects: ['elsewhere'], first: 1 });
    await broker.settle([broker.client('a').replace(undefined, 41)]);
    expect([...broker.streams.keys()].sort()).toEqual([...broker.inPlace, 'l-other-23456789'].sort());
  });
});
