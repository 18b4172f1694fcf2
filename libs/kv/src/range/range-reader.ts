import { storagev1 } from '@orrery/proto';
import { type KeyRange, keyRange } from '../key.ts';
import type { VersionStore } from '../versions/version-store.ts';
import { foundRange } from './found-range.ts';

const { RangeRequest_SortOrder: Order, RangeRequest_SortTarget: Target } = storagev1;

/** Answers a range at `revision`, as etcd does (`applierV3backend.Range`): filters and order first, then the limit; `count` ignores all three. */
export function readRange(
  versions: VersionStore,
  request: storagev1.RangeRequest,
  revision: number,
  isNewest: boolean,
): storagev1.RangeResponse {
  const range = keyRange(request.key, request.rangeEnd);
  if (request.countOnly) {
    return { kvs: [], more: false, count: countAt(versions, range, revision, isNewest), revision };
  }
  const plain = isInKeyOrder(request) && !isFiltered(request);
  const { rows, count } = plain
    ? firstRows(versions, range, revision, isNewest, request.limit)
    : chosenRows(versions, range, revision, isNewest, request);
  const limited = request.limit > 0 && rows.length > request.limit ? rows.slice(0, request.limit) : rows;
  const more = limited.length < (plain ? count : rows.length);
  const facts = { more, count, revision };
  if (request.keysOnly) return { kvs: limited.map((row) => versions.keyValue(row, false)), ...facts };
  return foundRange(
    limited.map((row) => versions.record(row)),
    facts,
  );
}

interface Rows {
  readonly rows: readonly number[];
  readonly count: number;
}

/** At the newest revision what lies behind the limit is counted without being looked at. */
function firstRows(versions: VersionStore, range: KeyRange, revision: number, isNewest: boolean, limit: number): Rows {
  const rows: number[] = [];
  let beyond = 0;
  versions.visit(range, revision, isNewest, (row) => {
    if (limit === 0 || rows.length < limit) {
      rows.push(row);
      return true;
    }
    beyond++;
    return !isNewest;
  });
  return { rows, count: isNewest && beyond > 0 ? versions.countLive(range) : rows.length + beyond };
}

function chosenRows(
  versions: VersionStore,
  range: KeyRange,
  revision: number,
  isNewest: boolean,
  request: storagev1.RangeRequest,
): Rows {
  const rows: number[] = [];
  let count = 0;
  versions.visit(range, revision, isNewest, (row) => {
    count++;
    if (passes(versions, row, request)) rows.push(row);
    return true;
  });
  if (!isInKeyOrder(request)) sortRows(versions, rows, request);
  return { rows, count };
}

function countAt(versions: VersionStore, range: KeyRange, revision: number, isNewest: boolean): number {
  if (isNewest) return versions.countLive(range);
  let count = 0;
  versions.visit(range, revision, false, () => {
    count++;
    return true;
  });
  return count;
}

function isInKeyOrder({ sortOrder, sortTarget }: storagev1.RangeRequest): boolean {
  return sortTarget === Target.SORT_TARGET_KEY && sortOrder !== Order.SORT_ORDER_DESCEND;
}

function isFiltered(request: storagev1.RangeRequest): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  return minModRevision !== 0 || maxModRevision !== 0 || minCreateRevision !== 0 || maxCreateRevision !== 0;
}

function passes(versions: VersionStore, row: number, request: storagev1.RangeRequest): boolean {
  return (
    isBetween(versions.modRevision(row), request.minModRevision, request.maxModRevision) &&
    isBetween(versions.createRevision(row), request.minCreateRevision, request.maxCreateRevision)
  );
}

function isBetween(revision: number, min: number, max: number): boolean {
  return (min === 0 || revision >= min) && (max === 0 || revision <= max);
}

/** What sorts alike stays in order of keys. */
function sortRows(versions: VersionStore, rows: number[], { sortOrder, sortTarget }: storagev1.RangeRequest): void {
  if (sortTarget === Target.SORT_TARGET_KEY) {
    rows.reverse();
    return;
  }
  const compare = comparison(versions, sortTarget);
  rows.sort(sortOrder === Order.SORT_ORDER_DESCEND ? (a, b) => compare(b, a) : compare);
}

function comparison(
  versions: VersionStore,
  target: storagev1.RangeRequest_SortTarget,
): (a: number, b: number) => number {
  switch (target) {
    case Target.SORT_TARGET_VERSION:
      return (a, b) => versions.version(a) - versions.version(b);
    case Target.SORT_TARGET_CREATE:
      return (a, b) => versions.createRevision(a) - versions.createRevision(b);
    case Target.SORT_TARGET_MOD:
      return (a, b) => versions.modRevision(a) - versions.modRevision(b);
    case Target.SORT_TARGET_VALUE:
      return (a, b) => Buffer.compare(versions.value(a), versions.value(b));
    case Target.SORT_TARGET_KEY:
      return () => 0;
    default:
      return target satisfies never;
  }
}
