import { describe, expect, it } from '@jest/globals';
import type { Event } from '../../generated/kinds.ts';
import { eventRules } from './event-rules.ts';

const core = { group: '', version: 'v1' };
const events = { group: 'events.k8s.io', version: 'v1' };
const event = (fields: Partial<Event> = {}): Event =>
  ({
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { namespace: 'default' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingComponent: 'c',
    reportingInstance: 'i',
    action: 'Do',
    reason: 'Test',
    type: 'Normal',
    ...fields,
  }) as Event;
const fieldsOf = (findings: readonly { readonly field: string }[] = []) => findings.map(({ field }) => field);

describe('an event', () => {
  it.each<[Partial<Event>, string[]]>([
    [{}, []],
    [{ type: 'Odd' }, ['type']],
    [{ count: 1, source: { component: 'x' } }, ['count', 'source']],
    [{ series: { count: 1 } as Event['series'] }, ['series.count', 'series.lastObservedTime']],
  ])('with %j is checked strictly in events.k8s.io only', (fields, findings) => {
    expect(fieldsOf(eventRules.validate?.(event(fields), undefined, events))).toEqual(findings);
    expect(eventRules.validate?.(event(fields), undefined, core)).toEqual([]);
  });

  it('without a time of its own belongs into the core group', () => {
    const { eventTime: _, ...old } = event();
    expect(fieldsOf(eventRules.validate?.(old as Event, undefined, events))).toEqual(['eventTime']);
    expect(eventRules.validate?.(old as Event, undefined, core)).toEqual([]);
  });

  it('changes nothing but its series', () => {
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' };
    expect(eventRules.validateUpdate?.(event({ series }), event(), events)).toEqual([]);
    expect(fieldsOf(eventRules.validateUpdate?.(event({ reason: 'Other' }), event(), events))).toEqual(['reason']);
    expect(eventRules.validateUpdate?.(event({ reason: 'Other' }), event(), core)).toEqual([]);
  });
});
