import { describe, expect, it } from '@jest/globals';
import { breaksOf, type SeenEvent, type Segment } from './continuity.ts';
import type { Change, Labels } from './registry-record.ts';

const red = { color: 'red' };
const blue = { color: 'blue' };
const change = (revision: number, type: Change['type'], name: string, labels: Labels, was: Labels = {}): Change => ({
  revision,
  type,
  name,
  uid: name,
  labels,
  previousLabels: was,
});
/** At 5 there are a (red) and b (blue). */
const record = [
  change(2, 'ADDED', 'a', red),
  change(5, 'ADDED', 'b', blue),
  change(6, 'MODIFIED', 'a', blue, red),
  change(9, 'MODIFIED', 'b', red, blue),
  change(12, 'DELETED', 'b', red, red),
];
const everything = (): boolean => true;
const onlyRed = ({ color }: Labels): boolean => color === 'red';
const seen = (...events: [number, string, string][]): SeenEvent[] =>
  events.map(([revision, type, name]) => ({ revision, type, name }));
const segment = (from: number, listed: Record<string, number>, events: SeenEvent[]): Segment => ({
  from,
  listed: new Map(Object.entries(listed)),
  events,
});
const all = seen([6, 'MODIFIED', 'a'], [9, 'MODIFIED', 'b'], [12, 'DELETED', 'b']);
const atFive = { a: 2, b: 5 };

describe('what a watching client has seen', () => {
  it('is whole where it is the record from its list on, with the events as its selector has them', () => {
    expect(breaksOf([segment(5, atFive, all)], record, everything)).toEqual([]);
    const reds = seen([6, 'DELETED', 'a'], [9, 'ADDED', 'b'], [12, 'DELETED', 'b']);
    expect(breaksOf([segment(5, { a: 2 }, reds)], record, onlyRed)).toEqual([]);
    const marked = seen([5, 'BOOKMARK', ''], [6, 'MODIFIED', 'a'], [8, 'BOOKMARK', ''], [9, 'MODIFIED', 'b']);
    expect(breaksOf([segment(5, atFive, marked)], record, everything)).toEqual([]);
    expect(breaksOf([segment(7, { a: 6, b: 5 }, []), segment(12, { a: 6 }, [])], record, everything)).toEqual([]);
  });

  it.each<[string, Segment[]]>([
    ['leaves an event out', [segment(5, atFive, all.slice(1))]],
    [
      'has an event twice',
      [
        segment(
          5,
          atFive,
          all.flatMap((event) => [event, event]),
        ),
      ],
    ],
    ['has events in another order', [segment(5, atFive, seen([9, 'MODIFIED', 'b'], [6, 'MODIFIED', 'a']))]],
    ['has an event of another type', [segment(5, atFive, seen([6, 'ADDED', 'a']))]],
    ['has an event that never was', [segment(5, atFive, seen([6, 'MODIFIED', 'a'], [7, 'ADDED', 'c']))]],
    ['was told by a bookmark that there is nothing where there is', [segment(5, atFive, seen([8, 'BOOKMARK', '']))]],
    ['gets an event after a bookmark for it', [segment(5, atFive, seen([6, 'BOOKMARK', ''], [6, 'MODIFIED', 'a']))]],
    ['lacks an object in its list', [segment(5, { a: 2 }, all)]],
    ['has an old object in its list', [segment(7, { a: 2, b: 5 }, [])]],
    ['goes back in time', [segment(12, { a: 6 }, []), segment(7, { a: 6, b: 5 }, [])]],
  ])('is broken where it %s', (_, segments) => {
    expect(breaksOf(segments, record, everything)).not.toEqual([]);
  });
});
