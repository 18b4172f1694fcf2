import { readFileSync } from 'node:fs';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeProtobuf, encodeProtobuf, encodeWatchFrame } from './envelope.ts';
import { ProtobufError } from './protobuf-error.ts';

interface CapturedBody {
  readonly name: string;
  /** In base64. */
  readonly bytes: string;
  readonly object: Record<string, unknown>;
}

/** What kubectl 1.33 sent for `kubectl create …` and the like, and the JSON that we take it for. */
const captured = JSON.parse(
  readFileSync(new URL('./testdata/kubectl-bodies.json', import.meta.url), 'utf8'),
) as CapturedBody[];

describe('application/vnd.kubernetes.protobuf', () => {
  it.each(captured)('reads the $name that kubectl sends', ({ bytes, object }) => {
    expect(decodeProtobuf(base64Decode(bytes))).toEqual(object);
  });

  it('writes a ConfigMap byte for byte', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data: { a: 'b' } };
    const text = 'k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x0e\n\x04\n\x02cm\x12\x06\n\x01a\x12\x01b\x1a\0"\0';
    expect(encodeProtobuf(object)).toEqual(new Uint8Array(Buffer.from(text, 'latin1')));
  });

  it('keeps zeros of pointers and drops those that Go writes for fields that are not set', () => {
    const spec = { replicas: 0, minReadySeconds: 0, paused: false };
    const read = decodeProtobuf(encodeProtobuf({ apiVersion: 'apps/v1', kind: 'Deployment', ...{ spec } }));
    expect(read.spec).toEqual({ replicas: 0 });
  });

  it('writes a watch event as a frame around an enveloped object', () => {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
    const frame = encodeWatchFrame('ADDED', object);
    const event = frame.subarray(4);
    expect(new DataView(frame.buffer).getUint32(0)).toBe(event.length);
    const raw = encodeProtobuf(object);
    expect(event).toEqual(
      new Uint8Array([0x0a, 5, ...Buffer.from('ADDED'), 0x12, raw.length + 2, 0x0a, raw.length, ...raw]),
    );
  });

  it('refuses whatever is not of the format, and only with its own error', () => {
    const [first] = captured;
    const good = base64Decode(first?.bytes ?? '');
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length));
    fc.assert(
      fc.property(damaged, ([at, byte, length]) => {
        const bytes = good.slice(0, length);
        if (at < length) bytes[at] = byte;
        try {
          decodeProtobuf(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('names what is wrong', () => {
    expect(() => decodeProtobuf(new Uint8Array())).toThrow('empty data');
    expect(() => decodeProtobuf(Buffer.from('{"a":1}'))).toThrow(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
    expect(() => encodeProtobuf({ apiVersion: 'example.com/v1', kind: 'Foo' })).toThrow(
      'no kind "Foo" is registered for version "example.com/v1"',
    );
  });

  it('bounds how deep messages nest', () => {
    let schema: unknown = { type: 'object' };
    for (let depth = 0; depth < 300; depth += 1) schema = { not: schema };
    const versions = [{ name: 'v1', schema: { openAPIV3Schema: schema } }];
    const bytes = encodeProtobuf({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      ...{ spec: { versions } },
    });
    expect(() => decodeProtobuf(bytes)).toThrow('nested too deeply');
  });
});
