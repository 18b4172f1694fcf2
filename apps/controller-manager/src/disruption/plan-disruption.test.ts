import { describe, expect, it } from '@jest/globals';
import type { Pod, PodDisruptionBudget } from '@orrery/api';
import { formatTime } from '@orrery/runtime';
import { budgetStatus, expectationOf, failedStatus, pendingDisruptions } from './plan-disruption.ts';

const now = Date.UTC(2026, 0, 1);

function budget(spec: PodDisruptionBudget['spec'], status: object = {}): PodDisruptionBudget {
  const metadata = { name: 'b', namespace: 'n', uid: 'b', generation: 3 };
  return { metadata, spec, status } as unknown as PodDisruptionBudget;
}

function pod(name: string, ready = true, deleting = false): Pod {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  const metadata = { name, ...(deleting && { deletionTimestamp: formatTime(now) }) };
  return { metadata, spec: {}, status: { conditions } } as unknown as Pod;
}

const pods = [pod('a'), pod('b'), pod('c', false)];

describe('what a budget expects', () => {
  it.each<[PodDisruptionBudget['spec'], number, object]>([
    [{ minAvailable: 2 }, 0, { expectedPods: 3, desiredHealthy: 2 }],
    [{ minAvailable: '50%' }, 5, { expectedPods: 5, desiredHealthy: 3 }],
    [{ maxUnavailable: 1 }, 5, { expectedPods: 5, desiredHealthy: 4 }],
    [{ maxUnavailable: '30%' }, 5, { expectedPods: 5, desiredHealthy: 3 }],
    [{ maxUnavailable: 9 }, 5, { expectedPods: 5, desiredHealthy: 0 }],
    [{}, 5, { expectedPods: 0, desiredHealthy: 0 }],
  ])('%j of %i', (spec, scale, expected) => {
    expect(expectationOf(budget(spec), pods, scale)).toEqual(expected);
  });
});

describe('how many may go', () => {
  it('those healthy beyond what is desired', () => {
    const status = budgetStatus(budget({}), pods, { expectedPods: 3, desiredHealthy: 1 }, {}, now);
    expect(status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1, observedGeneration: 3 });
    expect(status.conditions).toEqual([
      {
        type: 'DisruptionAllowed',
        status: 'True',
        reason: 'SufficientPods',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
        observedGeneration: 3,
      },
    ]);
  });

  it('none where too few are healthy, or none are known', () => {
    const few = budgetStatus(budget({}), pods, { expectedPods: 3, desiredHealthy: 2 }, {}, now);
    expect([few.disruptionsAllowed, few.conditions?.[0]?.reason]).toEqual([0, 'InsufficientPods']);
    expect(budgetStatus(budget({}), [], { expectedPods: 0, desiredHealthy: 0 }, {}, now).disruptionsAllowed).toBe(0);
  });

  it('not those that are on their way out, nor those that were promised to go', () => {
    const going = [pod('a'), pod('b', true, true), pod('d')];
    const pending = { d: formatTime(now) };
    expect(budgetStatus(budget({}), going, { expectedPods: 3, desiredHealthy: 0 }, pending, now)).toMatchObject({
      currentHealthy: 1,
      disruptedPods: pending,
    });
  });

  it('none when nothing can be said', () => {
    expect(failedStatus(budget({}, { disruptionsAllowed: 4 }), 'why', now)).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ reason: 'SyncFailed', message: 'why' }],
    });
  });
});

it('waits two minutes for evicted pods to be deleted', () => {
  const at = (agoMs: number) => formatTime(now - agoMs);
  const status = { disruptedPods: { a: at(30_000), b: at(150_000), gone: at(1_000) } };
  const { pending, overdue, nextIn } = pendingDisruptions(budget({}, status), pods, now);
  expect(pending).toEqual({ a: at(30_000) });
  expect(overdue.map(({ metadata }) => metadata.name)).toEqual(['b']);
  expect(nextIn).toBe(90_001);
});
