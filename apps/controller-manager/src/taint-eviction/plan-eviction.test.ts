import { expect, it } from '@jest/globals';
import { planEviction } from './plan-eviction.ts';

const added = Date.UTC(2026, 0, 1);
const taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' };

it.each([
  { name: 'no toleration', tolerations: [], after: 0, expected: { kind: 'evict' } },
  { name: 'tolerated for ever', tolerations: [{ operator: 'Exists' }], after: 1e9, expected: { kind: 'stay' } },
  {
    name: 'tolerated for a while',
    tolerations: [{ key: taint.key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
    after: 100_000,
    expected: { kind: 'evict-in', delay: 200_000 },
  },
  {
    name: 'tolerated for long enough',
    tolerations: [{ key: taint.key, operator: 'Exists', tolerationSeconds: 300 }],
    after: 300_000,
    expected: { kind: 'evict' },
  },
])('$name', ({ tolerations, after, expected }) => {
  expect(planEviction([taint], tolerations, added + after)).toEqual(expected);
});

it('counts from when it was first seen where the taint does not say when it was added', () => {
  const tolerations = [{ key: 'mine', operator: 'Exists', tolerationSeconds: 30 }];
  const undated = [{ key: 'mine', effect: 'NoExecute' }];
  expect(planEviction(undated, tolerations, added + 10_000, added)).toEqual({ kind: 'evict-in', delay: 20_000 });
  expect(planEviction(undated, tolerations, added + 30_000, added)).toEqual({ kind: 'evict' });
});
