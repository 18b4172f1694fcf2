import { describe, expect, it } from '@jest/globals';
import { decodeProtobuf, encodeProtobuf, encodeWatchFrame } from '@orrery/api';
import { jsonResponse, wholeBody } from '../http/api-response.ts';
import type { RequestInfo } from '../request-info/request-info.ts';
import { asProtobuf, wantsOnlyProtobuf } from './protobuf-responder.ts';
import { decodeBody } from './request-body.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const pods: RequestInfo = {
  kind: 'resource',
  verb: 'list',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: '',
  path: '',
} as RequestInfo;
const namespace = { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'a' } };

describe('answers in protobuf', () => {
  it.each([
    ['kubectl, which reads JSON as well', `${protobuf},application/json`, false],
    ['anything goes', `${protobuf}, */*;q=0.1`, false],
    ['nothing but protobuf', protobuf, true],
    ['nothing but protobuf, for a watch', `${protobuf};stream=watch`, true],
    ['no wish', undefined, false],
  ])('%s', (_, accept, expected) => {
    expect(wantsOnlyProtobuf(accept, pods)).toBe(expected);
  });

  it('leaves what comes through a proxy as it is', () => {
    expect(wantsOnlyProtobuf(protobuf, { ...pods, subresource: 'proxy' } as RequestInfo)).toBe(false);
  });

  it('carries the object', async () => {
    const { contentType, status, body } = await asProtobuf(jsonResponse(namespace, 201), 'create');
    expect({ contentType, status }).toEqual({ contentType: protobuf, status: 201 });
    expect(decodeProtobuf(await wholeBody(body))).toEqual(namespace);
  });

  it('turns the lines of a watch into frames, however they are cut', async () => {
    const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: namespace })}\n`);
    async function* chunks(): AsyncIterable<Uint8Array> {
      yield Buffer.concat([line, line.subarray(0, 10)]);
      yield line.subarray(10);
    }
    const response = { status: 200, contentType: 'application/json', body: chunks() };
    const { contentType, body } = await asProtobuf(response, 'watch');
    expect(contentType).toBe(`${protobuf};stream=watch`);
    const frame = encodeWatchFrame('ADDED', namespace);
    expect(Buffer.from(await wholeBody(body))).toEqual(Buffer.concat([frame, frame]));
  });

  it('has none for tables', async () => {
    const table = jsonResponse({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', rows: [] });
    await expect(asProtobuf(table, 'list')).rejects.toMatchObject({ status: { code: 406 } });
  });
});

describe('bodies in protobuf', () => {
  it('are objects', () => {
    expect(decodeBody(encodeProtobuf(namespace), protobuf, 'Namespace').value).toEqual(namespace);
  });

  it.each([
    ['', 'the object provided is unrecognized (must be of type ConfigMap): empty data (<empty>)'],
    [
      'k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x02\n\x7f',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: ',
    ],
  ])('%j is a bad request', (body, message) => {
    const decode = (): unknown => decodeBody(Buffer.from(body, 'latin1'), protobuf, 'ConfigMap');
    expect(decode).toThrow(message);
    expect(decode).toThrow(expect.objectContaining({ status: expect.objectContaining({ code: 400 }) }));
  });
});
