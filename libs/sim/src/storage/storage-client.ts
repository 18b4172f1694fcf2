import { type Bus, NoResponderError, RemoteError, RequestTimeoutError, type Subjects } from '@orrery/bus';
import { keyBytes } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import type { Milliseconds } from '@orrery/runtime';

/** What a request asks for; fields that are left out have their zero value. */
export type Operation = NonNullable<storagev1.Request['operation']>;
export type Answer = NonNullable<storagev1.Response['result']>;

/** `undefined`: no answer, or one that says that nothing is known. */
export interface Asked {
  readonly result: Answer | undefined;
  readonly member: string;
  /** Of the store when the answer was made; 0 where there was none. */
  readonly revision: number;
}

export const NO_ANSWER: Asked = { result: undefined, member: '', revision: 0 };

export interface AskOptions {
  /** Asked again under the same id, a change happens once; where the protocol knows no ids, ask once. */
  readonly requestId?: string;
  /** This one; otherwise any. */
  readonly member?: string;
  readonly timeoutMs: Milliseconds;
}

/** A way to ask storage. */
export interface StorageAccess {
  ask(operation: Operation, options: AskOptions): Promise<Asked>;
}

/** Speaks storage's protocol for one client. */
export class StorageClient implements StorageAccess {
  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
  ) {}

  async ask(operation: Operation, options: AskOptions): Promise<Asked> {
    const { member, timeoutMs, requestId = '' } = options;
    const subject = member === undefined ? this.subjects.kv() : this.subjects.kvMember(member);
    const data = storagev1.Request.encode(storagev1.Request.fromPartial({ requestId, operation })).finish();
    try {
      const { header, result } = storagev1.Response.decode(await this.bus.request(subject, data, { timeoutMs }));
      return { result, member: header?.member ?? '', revision: header?.revision ?? 0 };
    } catch (error) {
      const isExpected =
        error instanceof RequestTimeoutError || error instanceof NoResponderError || error instanceof RemoteError;
      if (!isExpected) throw error;
      return NO_ANSWER;
    }
  }
}

export function rangeOf(
  prefix: string,
  options: { readonly revision?: number; readonly serializable?: boolean } = {},
): Operation {
  const value = storagev1.RangeRequest.fromPartial({
    key: keyBytes(prefix),
    rangeEnd: keyBytes(prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)),
    ...options,
  });
  return { $case: 'range', value };
}

export function txnOf(
  expect: readonly { readonly key: string; readonly version: number }[],
  writes: readonly { readonly key: string; readonly value: string | undefined; readonly lease?: string }[],
): Operation {
  const compare = expect.map(({ key, version }) => ({
    key: keyBytes(key),
    target: storagev1.Compare_Target.TARGET_VERSION,
    result: storagev1.Compare_Result.RESULT_EQUAL,
    number: version,
  }));
  const success = writes.map(({ key, value, lease = '0' }): storagev1.Operation => {
    if (value === undefined) {
      const deletion = storagev1.DeleteRange.fromPartial({ key: keyBytes(key), prevKv: true });
      return { operation: { $case: 'deleteRange', value: deletion } };
    }
    const put = storagev1.Put.fromPartial({ key: keyBytes(key), value: objectBytes(value), lease, prevKv: true });
    return { operation: { $case: 'put', value: put } };
  });
  return { $case: 'txn', value: storagev1.TxnRequest.fromPartial({ compare, success }) };
}

/** An object as the API server would store it, so that the registry log tells which value it was. */
export function objectBytes(uid: string): Uint8Array {
  return Buffer.from(`{"kind":"ConfigMap","apiVersion":"v1","metadata":{"uid":"${uid}"}}`);
}

/** Undoes `objectBytes`. */
export function uidOf(bytes: Uint8Array): string {
  return /"uid":"([^"]*)"/.exec(Buffer.from(bytes).toString())?.[1] ?? '';
}

export function keyName(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
