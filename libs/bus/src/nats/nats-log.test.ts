import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemProcesses } from '@orrery/runtime';
import type { Log, LogEntry } from '../bus.ts';
import { LogExpiredError, WrongPredecessorError } from '../bus-errors.ts';
import type { NatsBus } from './nats-bus.ts';
import { askAboutLog, type NatsTestServer, natsTestServer } from './nats-test-server.ts';

let server: NatsTestServer;
let bus: NatsBus;
let other: NatsBus;
let name: string;
let count = 0;

beforeAll(async () => {
  server = await natsTestServer([{ name: 'tester', password: 'secret', publish: ['>'], subscribe: ['>'] }]);
});
afterAll(() => server.destroy());

beforeEach(async () => {
  count += 1;
  name = `l${count}`;
  [bus, other] = await Promise.all([server.connect('tester'), server.connect('tester')]);
});
afterEach(async () => {
  await bus.close();
  await other.close();
});

const openLog = (on: NatsBus): Promise<Log> => on.log(name, { subjects: [`${name}.>`], bytesMax: 256 * 1024 * 1024 });
const entry = (position: number, kind = 'pods', size = 8): LogEntry => ({
  subject: `${name}.${kind}.x`,
  position,
  data: new Uint8Array(size),
});

interface Reader {
  readonly positions: number[];
  error: unknown;
  readonly abort: AbortController;
}

function follow(log: Log, after: number, filter?: string): Reader {
  const reader: Reader = { positions: [], error: undefined, abort: new AbortController() };
  const read = async (): Promise<void> => {
    for await (const { position } of log.follow({ after, filter, signal: reader.abort.signal })) {
      reader.positions.push(position);
    }
  };
  read().catch((error: unknown) => {
    reader.error = error;
  });
  return reader;
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 20_000) throw new Error('the condition was not met in time');
    await server.host.timers.sleep(5);
  }
}

function purge(log: string): Promise<unknown> {
  return askAboutLog(other, log, 'PURGE');
}

describe('a follower with a filter', () => {
  it('is told when entries go that were on their way to it', async () => {
    const writer = await openLog(bus);
    await writer.append(entry(1), 0);
    const size = 16 * 1024;
    await Promise.all(Array.from({ length: 2_000 }, (_, at) => writer.append(entry(at + 2, 'pods', size), at + 1)));
    const reader = follow(await openLog(bus), 0, `${name}.pods.>`);
    await until(() => reader.positions.length > 0);
    await purge(name);
    await writer.append(entry(2_002), 2_001);
    await until(() => reader.error !== undefined || reader.positions.length === 2_002);
    if (reader.error === undefined) reader.abort.abort();
    else expect(reader.error).toBeInstanceOf(LogExpiredError);
  });

  it('is told nothing when what goes is what it has had', async () => {
    const writer = await openLog(bus);
    await writer.append(entry(1), 0);
    for (let position = 2; position <= 50; position += 1) await writer.append(entry(position), position - 1);
    const reader = follow(await openLog(other), 0, `${name}.pods.>`);
    await until(() => reader.positions.length === 50);
    // It asks whether it has missed anything as soon as it has caught up; a request behind that one is answered later.
    await other.flush();
    await writer.lastPosition();
    await purge(name);
    await writer.append(entry(51), 50);
    await until(() => reader.positions.length === 51 || reader.error !== undefined);
    expect(reader.error).toBeUndefined();
    reader.abort.abort();
  });
});

describe('a log into which somebody else has written', () => {
  it('gives no follower a foreign entry, and goes on when its writer has begun it anew', async () => {
    const writer = await openLog(bus);
    await writer.append(entry(1), 0);
    const reader = follow(await openLog(other), 0);
    await until(() => reader.positions.length === 1);
    await other.request(`${name}.pods.x`, new TextEncoder().encode('by hand'));
    await expect(writer.append(entry(2), 1)).rejects.toMatchObject({ name: 'WrongPredecessorError', last: 2 });
    await writer.append(entry(5), 2);
    await until(() => reader.error !== undefined);
    expect(reader.positions).toEqual([1]);
    expect(reader.error).toBeInstanceOf(LogExpiredError);
  });
});

describe('a log whose files are gone', () => {
  it('is given up, and its writer writes it again', async () => {
    const writer = await openLog(bus);
    for (let position = 1; position <= 5; position += 1) await writer.append(entry(position), position - 1);
    const reader = follow(await openLog(other), 0);
    await until(() => reader.positions.length === 5);
    const folder = await streamFolder();
    // The broker finds out as soon as it needs another file than the one that it has open.
    await systemProcesses.run('rm', ['-r', `${folder}/msgs`]);
    await writeUntilRefused(writer, 6);
    expect(await writer.lastPosition()).toBe(0);
    for (let position = 1; position <= 7; position += 1) await writer.append(entry(position), position - 1);
    expect(await streamFolder()).not.toBe(folder);
    reader.abort.abort();
  });

  async function streamFolder(): Promise<string> {
    const streams = `${server.folder}/jetstream/jetstream/$G/streams`;
    const { stdout } = await systemProcesses.run('ls', [streams]);
    return `${streams}/${stdout.split('\n').find((stream) => stream.startsWith(`${name}-`))}`;
  }

  async function writeUntilRefused(writer: Log, from: number): Promise<void> {
    for (let position = from; position < from + 10_000; ) {
      try {
        await writer.append(entry(position, 'pods', 512 * 1024), position - 1);
        position += 1;
      } catch (error) {
        if (error instanceof WrongPredecessorError) return;
      }
    }
  }
});
