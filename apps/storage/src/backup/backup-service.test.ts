import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryBroker, type MemoryBus, Subjects } from '@orrery/bus';
import { KvStore, putCommand } from '@orrery/kv';
import { MemoryLogger, SystemTimers } from '@orrery/runtime';
import { BackupService, TooManyBackupsError } from './backup-service.ts';
import { storeFrom } from './testing/backups.ts';

describe('the backup service', () => {
  const subjects = new Subjects('test');
  const timers = new SystemTimers();
  const store = new KvStore();
  store.apply(putCommand('a', Buffer.from('1')), { time: 0 });
  let bus: MemoryBus;
  let logger: MemoryLogger;
  let hasMajority: boolean;
  let service: BackupService;

  beforeEach(async () => {
    bus = new MemoryBroker({ timers }).connect();
    logger = new MemoryLogger();
    hasMajority = true;
    const readBarrier = async (): Promise<void> => {
      if (!hasMajority) throw new Error('no leader');
    };
    service = new BackupService({ bus, subjects, timers, logger, readBarrier, freeze: () => store.freeze() });
    await service.start();
  });
  afterEach(async () => {
    await service.stop();
    await service.stop();
    await bus.close();
  });

  async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const all: Uint8Array[] = [];
    for await (const chunk of chunks) all.push(chunk);
    return new Uint8Array(Buffer.concat(all));
  }
  const asked = () => gathered(bus.requestMany(subjects.backup(), new Uint8Array()));

  it('streams a backup over the bus', async () => {
    expect((await storeFrom(await asked())).keys).toBe(1);
  });

  it('does not pass off as a backup of the cluster what one member alone knows', async () => {
    hasMajority = false;
    await expect(asked()).rejects.toThrow('no leader');
  });

  it('saves for etcd’s clients what the member knows, also when it is the last one', async () => {
    hasMajority = false;
    const backup = await service.open();
    const bytes = await gathered(backup.chunks());
    expect(bytes).toHaveLength(backup.bytes);
    expect((await storeFrom(bytes)).keys).toBe(1);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  it('makes two at once, and another when one of them has been fetched or given up', async () => {
    const first = await service.open();
    const second = await service.open();
    await expect(service.open()).rejects.toThrow(TooManyBackupsError);
    await expect(asked()).rejects.toThrow('2 backups are being made already');
    await gathered(first.chunks());
    second.close();
    second.close();
    const others = [await service.open(), await service.open()];
    await expect(service.open()).rejects.toThrow(TooManyBackupsError);
    for (const other of others) other.close();
  });
});
