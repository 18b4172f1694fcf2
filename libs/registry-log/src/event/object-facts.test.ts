import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readObjectFacts } from './object-facts.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** The same by parsing everything. */
function parsedFacts(text: string) {
  const object = JSON.parse(text) as Record<string, unknown>;
  const version = textOf(object, 'apiVersion');
  return {
    version: version.slice(version.indexOf('/') + 1),
    uid: textOf(object?.metadata, 'uid'),
    nodeName: textOf(object?.spec, 'nodeName'),
  };
}

function textOf(object: unknown, name: string): string {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return '';
  const found = Object.getOwnPropertyDescriptor(object, name)?.value;
  return typeof found === 'string' ? found : '';
}

describe('the facts of an object', () => {
  it('are found in what the API server stores', () => {
    const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web', uid: 'u-1' }, spec: { nodeName: 'node-1' } };
    expect(readObjectFacts(bytes(JSON.stringify(pod)), true)).toEqual({
      version: 'v1',
      uid: 'u-1',
      nodeName: 'node-1',
    });
    const lease = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'l', uid: 'u-2' } };
    expect(readObjectFacts(bytes(JSON.stringify(lease)), false)).toEqual({ version: 'v1', uid: 'u-2', nodeName: '' });
  });

  it('are read through escapes, white space and look-alikes', () => {
    const text = `{ "x" : "\\"metadata\\":{\\"uid\\":\\"no\\"}" , "data":{"uid":"no","spec":[{"nodeName":"}"}]},
      "\\u0061piVersion":"a\\/v\\u0031","metadata":{"labels":{"uid":"no"},"uid":"\\ud83d\\ude00"},"spec":{"nodeName":"n\\n"}}`;
    expect(readObjectFacts(bytes(text), true)).toEqual({ version: 'v1', uid: '😀', nodeName: 'n\n' });
  });

  it.each([
    '',
    'no object',
    '[1,2]',
    '"text"',
    '{"metadata":',
    '{"metadata":{"uid":"open',
    '{"a" 1}',
    '{"a":}',
    '\xff\xfe',
  ])('are empty where the bytes are no object: %j', (text) => {
    expect(readObjectFacts(bytes(text), true)).toEqual({ version: '', uid: '', nodeName: '' });
  });

  it('are the same as those of a full parse, whatever the object', () => {
    const name = fc.oneof(fc.constantFrom('apiVersion', 'metadata', 'spec', 'uid', 'nodeName'), fc.string());
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.boolean(),
          fc.constant(null),
        ),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(name, tie('value'), { maxKeys: 6 }),
      ),
    })).value;
    const anyObject = fc.dictionary(name, value, { maxKeys: 8 });
    fc.assert(
      fc.property(anyObject, fc.constantFrom(undefined, 2), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        expect(readObjectFacts(bytes(text), true)).toEqual(parsedFacts(text));
      }),
      { numRuns: 500 },
    );
  });
});
