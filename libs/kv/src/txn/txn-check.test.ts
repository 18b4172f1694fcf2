import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { keyBytes } from '../key.ts';
import { checkRequest, OPERATIONS_MAX } from './txn-check.ts';

type Branch = storagev1.Operation[];

const put = (key: string, more: Partial<storagev1.Put> = {}): storagev1.Operation => ({
  operation: { $case: 'put', value: storagev1.Put.fromPartial({ key: keyBytes(key), ...more }) },
});
const deletion = (key: string, end = ''): storagev1.Operation => ({
  operation: {
    $case: 'deleteRange',
    value: storagev1.DeleteRange.fromPartial({ key: keyBytes(key), rangeEnd: keyBytes(end) }),
  },
});
const get = (key: string): storagev1.Operation => ({
  operation: { $case: 'range', value: storagev1.RangeRequest.fromPartial({ key: keyBytes(key) }) },
});
const txn = (success: Branch, failure: Branch = []): storagev1.Operation => ({
  operation: { $case: 'txn', value: { compare: [], success, failure } },
});
const check =
  (success: Branch, failure: Branch = []) =>
  () =>
    checkRequest({ $case: 'txn', value: { compare: [], success, failure } });
const many = (count: number): Branch => Array.from({ length: count }, (_, n) => put(`key-${n}`));

const EMPTY_KEY = 'etcdserver: key is not provided';
const DUPLICATE = 'etcdserver: duplicate key given in txn request';
const TOO_MANY = 'etcdserver: too many operations in txn request';

describe('what is refused whatever the state', () => {
  it.each<[string, () => void, string]>([
    ['a put without a key', check([put('')]), EMPTY_KEY],
    ['a deletion without a key', check([], [deletion('')]), EMPTY_KEY],
    ['a nested range without a key', check([txn([get('')])]), EMPTY_KEY],
    ['an operation that is empty', check([{ operation: undefined }]), 'etcdserver: key not found'],
    [
      'a value where the old one is to stay',
      check([put('a', { ignoreValue: true, value: keyBytes('1') })]),
      'etcdserver: value is provided',
    ],
    [
      'a lease where the old one is to stay',
      check([put('a', { ignoreLease: true, lease: '1' })]),
      'etcdserver: lease is provided',
    ],
    ['a key put twice', check([put('a'), put('a')]), DUPLICATE],
    ['a key put and deleted', check([put('b'), deletion('a', 'c')]), DUPLICATE],
    ['a key put and deleted with all behind it', check([put('b'), deletion('a', '\0')]), DUPLICATE],
    ['a key put here and in a nested transaction', check([put('a'), txn([], [put('a')])]), DUPLICATE],
    ['a key put here and deleted in a nested transaction', check([put('a'), txn([deletion('a')])]), DUPLICATE],
    ['a key put in two nested transactions', check([txn([put('a')]), txn([put('a')])]), DUPLICATE],
    ['too many operations', check(many(OPERATIONS_MAX + 1)), TOO_MANY],
    ['too many with those nested', check([...many(OPERATIONS_MAX - 1), txn([put('x'), put('y')])]), TOO_MANY],
    [
      'a range without a key',
      () => checkRequest({ $case: 'range', value: storagev1.RangeRequest.create() }),
      EMPTY_KEY,
    ],
    [
      'an order that does not exist',
      () =>
        checkRequest({
          $case: 'range',
          value: storagev1.RangeRequest.fromPartial({
            key: keyBytes('a'),
            sortOrder: 7 as storagev1.RangeRequest_SortOrder,
          }),
        }),
      'etcdserver: invalid sort option',
    ],
  ])('is %s', (_, asked, message) => {
    expect(asked).toThrow(message);
  });

  it.each<[string, () => void]>([
    ['as many operations as are allowed', check(many(OPERATIONS_MAX))],
    ['one key in the two branches of a nested transaction', check([txn([put('a')], [put('a')])])],
    ['one key in both branches', check([put('a')], [put('a')])],
    ['deletions that overlap', check([deletion('a', 'c'), deletion('b')])],
    ['a put beside a deletion that ends before it', check([put('c'), deletion('a', 'c')])],
  ])('is not %s', (_, asked) => {
    expect(asked).not.toThrow();
  });
});
