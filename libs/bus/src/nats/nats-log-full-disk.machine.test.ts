import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemProcesses } from '@orrery/runtime';
import type { Log } from '../bus.ts';
import { WrongPredecessorError } from '../bus-errors.ts';
import type { NatsBus } from './nats-bus.ts';
import { type NatsTestServer, natsTestServer } from './nats-test-server.ts';

const ENTRY_BYTES = 64 * 1024;
const DISK_BYTES = 64 * 1024 * 1024;

let server: NatsTestServer;
let bus: NatsBus | undefined;
let log: Log;

/** JetStream's folder is a file system of its own, which is small. */
beforeEach(async () => {
  server = await natsTestServer([{ name: 'tester', password: 'secret', publish: ['>'], subscribe: ['>'] }]);
  await server.server.stop();
  await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', `${server.folder}/jetstream`]);
  await server.server.start();
  bus = await server.connect('tester');
  log = await bus.log('l', { subjects: ['l.>'], bytesMax: 16 * 1024 * 1024 });
});

afterEach(async () => {
  await bus?.close();
  await server.server.stop();
  // Fails where the mounting has failed, which the test says already.
  await systemProcesses.run('umount', [`${server.folder}/jetstream`]);
  await server.destroy();
});

async function run(command: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await systemProcesses.run(command, args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

function append(position: number): Promise<void> {
  return log.append({ subject: 'l.x', position, data: new Uint8Array(ENTRY_BYTES).fill(position) }, position - 1);
}

async function restartBroker(): Promise<void> {
  const reconnected = new Promise<void>((resolve) => bus?.onReconnect(resolve));
  await server.server.stop();
  await server.server.start();
  await reconnected;
}

/** Appends until nothing more goes in; the position that failed, and the error. */
async function fill(from: number): Promise<{ readonly failed: number; readonly error: unknown }> {
  for (let position = from; position < from + DISK_BYTES / ENTRY_BYTES; position += 1) {
    try {
      await append(position);
    } catch (error) {
      return { failed: position, error };
    }
  }
  throw new Error('the disk is not full');
}

describe('a log whose disk is full', () => {
  it('keeps what it holds, and goes on when there is room again', async () => {
    for (let position = 1; position <= 20; position += 1) await append(position);
    const filler = `${server.folder}/jetstream/filler`;
    await systemProcesses.run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']);
    const { failed, error } = await fill(21);
    expect(error).not.toBeInstanceOf(WrongPredecessorError);
    // nats-server switches JetStream off when its disk is full; it comes back with a restart.
    for (let attempt = 0; attempt < 2; attempt += 1) await expect(append(failed)).rejects.toBeDefined();
    await run('rm', [filler]);
    await restartBroker();
    const last = await log.lastPosition();
    expect(last).toBeGreaterThanOrEqual(20);
    expect([await log.firstPosition(), (await log.entryAt(20))?.data.length]).toEqual([1, ENTRY_BYTES]);
    await append(last + 1);
    expect([await log.firstPosition(), await log.lastPosition()]).toEqual([1, last + 1]);
  });
});
