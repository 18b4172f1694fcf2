import { describe, expect, it } from '@jest/globals';
import { lastErrorIn } from './last-error.ts';

const line = (fields: object): string => `${JSON.stringify(fields)}\n`;

describe('the last words of a service', () => {
  it('are the error that ended it', () => {
    const log = line({ level: 'info', message: 'hello' }) + line({ level: 'error', error: { message: 'port taken' } });
    expect(lastErrorIn(log)).toBe('port taken');
  });

  it('are the message where there is no error object', () => {
    expect(lastErrorIn(line({ level: 'error', message: 'broken' }))).toBe('broken');
  });

  it.each(['', line({ level: 'info', message: 'service stopped' }), 'Segmentation fault\n'])(
    'may be missing: %j',
    (log) => {
      expect(lastErrorIn(log)).toBeUndefined();
    },
  );
});
