import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from './pino-logger.ts';

describe('createLogger', () => {
  it('writes one JSON object a line, from its level on, with errors and the fields of children', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orrery-log-'));
    const file = join(folder, 'logs/service.log');
    const logger = createLogger({ level: 'info', file }).child({ service: 'storage' });
    logger.debug('too fine');
    logger.error('write failed', { error: new Error('no space'), path: 'wal/1' });
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      message: 'write failed',
      service: 'storage',
      path: 'wal/1',
      error: { message: expect.stringContaining('no space') },
    });
    await rm(folder, { recursive: true });
  });
});
