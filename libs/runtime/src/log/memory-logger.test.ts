import { describe, expect, it } from '@jest/globals';
import { MemoryLogger } from './memory-logger.ts';
import { prettyLine } from './pretty-line.ts';

describe('MemoryLogger', () => {
  it('keeps the lines of its children, with their fields', () => {
    const logger = new MemoryLogger();
    logger.child({ service: 'storage' }).warn('slow disk', { ms: 12 });
    expect(logger.lines).toEqual([{ level: 'warn', message: 'slow disk', fields: { service: 'storage', ms: 12 } }]);
  });
});

describe('prettyLine', () => {
  it('shows time, level, message and fields', () => {
    const json = JSON.stringify({
      level: 'info',
      time: '2026-01-02T03:04:05.678Z',
      pod: 'a/b',
      why: 'x y',
      message: 'pod started',
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    const plain = prettyLine(json).replace(/\u001b\[\d+m/g, '');
    expect(plain).toBe('03:04:05.678 INFO  pod started pod=a/b why="x y"\n');
  });
});
