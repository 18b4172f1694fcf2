import { describe, expect, it } from '@jest/globals';
import { isMissingFile, JET_STREAM_ERROR, JetStreamError } from './jet-stream-api.ts';

const { storeFailed, streamNotFound } = JET_STREAM_ERROR;

describe('an entry that the broker cannot store', () => {
  it.each([
    [storeFailed, 'open /streams/l-1/msgs/1.blk: no such file or directory', true],
    [storeFailed, 'write /streams/l-1/msgs/1.blk: no space left on device', false],
    [storeFailed, 'write /streams/l-1/msgs/1.blk: disk quota exceeded', false],
    [storeFailed, 'write /streams/l-1/msgs/1.blk: input/output error', false],
    [streamNotFound, 'no such file or directory', false],
  ])('%d "%s": are the files gone? %s', (code, description, isGone) => {
    expect(isMissingFile(new JetStreamError('l.x', code, description))).toBe(isGone);
  });
});
