import { expect, it } from '@jest/globals';
import { EventCorrelator, type Observation } from './event-correlator.ts';

const at = Date.UTC(2026, 0, 1);
const pulled: Observation = {
  object: { kind: 'Pod', namespace: 'default', name: 'web', uid: 'u' },
  type: 'Normal',
  reason: 'Pulled',
  message: 'pulled',
  at,
};

it('counts what repeats instead of telling it again', () => {
  const correlator = new EventCorrelator('kubelet', 'node-1');
  const first = correlator.correlate(pulled);
  const second = correlator.correlate({ ...pulled, at: at + 5000 });
  expect(first).toMatchObject({
    write: 'create',
    event: { count: 1, source: { component: 'kubelet', host: 'node-1' } },
  });
  expect(second).toMatchObject({
    write: 'patch',
    name: first?.event.metadata.name,
    body: { count: 2, lastTimestamp: '2026-01-01T00:00:05Z' },
  });
});

it('combines many similar events, and silences an object that has too many', () => {
  const correlator = new EventCorrelator('kubelet');
  const writes = Array.from({ length: 30 }, (_, index) => correlator.correlate({ ...pulled, message: `m${index}` }));
  expect(writes[8]?.event.message).toBe('m8');
  expect(writes[9]?.event.message).toBe('(combined from similar events): m9');
  expect(writes[10]).toMatchObject({ write: 'patch', body: { count: 2 } });
  expect(writes.filter((write) => write !== undefined)).toHaveLength(25);
});
