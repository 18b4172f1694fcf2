import { describe, expect, it } from '@jest/globals';
import { registryv1 } from '@orrery/proto';
import type { LoggedChange } from '../storage/log-follower.ts';
import type { WatchedChange, WatchedStretch } from '../storage/store-watcher.ts';
import { KnownHistory } from './known-history.ts';
import { checkWatches } from './watch-checks.ts';

const Type = registryv1.Event_Type;
const NOTHING = new Uint8Array(0);

function logged(revision: number, key: string, uid: string, type = Type.TYPE_ADDED): LoggedChange {
  return { revision, subject: 's', type, key, uid, seenAt: 0, data: NOTHING };
}

const history = KnownHistory.of(
  new Map(
    [
      logged(2, 'g/a', 'one'),
      logged(3, 'leases/k', 'lease'),
      logged(4, 'g/a', 'two', Type.TYPE_MODIFIED),
      logged(5, 'g/a', 'two', Type.TYPE_DELETED),
      logged(6, 'g/b', 'three'),
    ].map((change) => [change.revision, change]),
  ),
  true,
);

const one = { value: 'one', version: 1 };
const two = { value: 'two', version: 2 };
const three = { value: 'three', version: 1 };
const told: readonly WatchedChange[] = [
  { revision: 2, key: 'g/a', held: one, previous: undefined },
  { revision: 4, key: 'g/a', held: two, previous: one },
  { revision: 5, key: 'g/a', held: undefined, previous: two },
  { revision: 6, key: 'g/b', held: three, previous: undefined },
];

function stretch(changes: readonly WatchedChange[], beginnings: readonly number[] = [1]): WatchedStretch {
  return { from: 1, to: 6, changes: [...changes], beginnings: new Set(beginnings) };
}

const checked = (...stretches: WatchedStretch[]) => checkWatches([{ stretches }], history);

describe('watches', () => {
  it('tell the history', () => {
    checked(stretch(told));
  });

  it('may begin at a compaction, where what was before is gone', () => {
    const begun = stretch([{ revision: 4, key: 'g/a', held: two, previous: undefined }, ...told.slice(2)], [4]);
    checked({ ...begun, from: 4 });
    checked({ ...stretch(told.slice(3), [5]), from: 5 });
  });

  it.each<[string, readonly WatchedChange[], string]>([
    ['a change is missing', told.toSpliced(1, 1), 'watches have no gaps'],
    ['the last one is missing', told.slice(0, -1), 'watches have no gaps'],
    ['a deletion is missing', told.toSpliced(2, 1), 'watches have no gaps'],
    ['another value', told.with(3, { ...(told[3] as WatchedChange), held: one }), 'watches tell the history'],
    [
      'another value before',
      told.with(1, { ...(told[1] as WatchedChange), previous: three }),
      'watches tell what was there',
    ],
    [
      'something that never was',
      [...told, { revision: 7, key: 'g/c', held: one, previous: undefined }],
      'never happened',
    ],
  ])('are refused where there is %s', (_, changes, rule) => {
    expect(() => checked(stretch(changes))).toThrow(rule);
  });

  it('tell all watchers the same, also where nobody knows the history', () => {
    const unknown = KnownHistory.of(new Map(), false);
    const other = told.with(0, { ...(told[0] as WatchedChange), held: two });
    const watchers = [{ stretches: [stretch(told)] }, { stretches: [stretch(other)] }];
    expect(() => checkWatches(watchers, unknown)).toThrow('watchers are told the same');
  });
});
