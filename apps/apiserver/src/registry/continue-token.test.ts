import { describe, expect, it } from '@jest/globals';
import { decodeContinue, encodeContinue } from './continue-token.ts';

const prefix = '/registry/core/configmaps/default/';

function tokenOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('a continue token', () => {
  it.each([7, 'newest'] as const)('at %s leads back to where it was made', (revision) => {
    const token = { revision, from: `${prefix}a\0` };
    expect(decodeContinue(encodeContinue(token, prefix), prefix)).toEqual(token);
  });

  it.each([
    ['!', 'continue key is not valid: illegal base64 data'],
    [Buffer.from('no json').toString('base64url'), 'continue key is not valid: '],
    [tokenOf({ v: 'v2', rv: 1, start: 'a' }), 'server does not recognize this encoded version v2'],
    [tokenOf(null), 'server does not recognize this encoded version'],
    [tokenOf({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }), 'incorrect encoded start resourceVersion'],
    [tokenOf({ v: 'meta.k8s.io/v1', rv: '1', start: 'a' }), 'incorrect encoded start resourceVersion'],
    [tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: '' }), 'encoded start key empty'],
    [tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: '../../secrets/a' }), 'continue key is not valid: ../../secrets/a'],
  ])('%s is none', (text, message) => {
    expect(() => decodeContinue(text, prefix)).toThrow(`invalid continue token: continue key is not valid`);
    expect(() => decodeContinue(text, prefix)).toThrow(message);
  });
});
