import { describe, expect, it } from '@jest/globals';
import { semanticEqual } from './semantic-equal.ts';

describe('semantic equality', () => {
  it.each([
    ['amounts in other words', { requests: { cpu: '1000m' } }, { requests: { cpu: '1' } }, true],
    ['bytes in other units', { limits: { memory: '1024Mi' } }, { limits: { memory: '1Gi' } }, true],
    ['other amounts', { requests: { cpu: '1' } }, { requests: { cpu: '2' } }, false],
    ['texts that only look like amounts', { args: '1000m' }, { args: '1' }, false],
    ['no list and an empty one', { a: [] }, {}, true],
    ['no amounts and none', { limits: {} }, {}, true],
    ['a choice and none', { emptyDir: {} }, {}, false],
  ])('%s', (_name, a, b, equal) => {
    expect(semanticEqual(a, b)).toBe(equal);
  });
});
