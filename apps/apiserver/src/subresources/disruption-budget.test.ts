import { describe, expect, it } from '@jest/globals';
import { ApiError, type Pod, type PodDisruptionBudget } from '@orrery/api';
import { covers, goesUncounted, needsBudget, spendDisruption } from './disruption-budget.ts';

const now = '2026-01-02T03:04:05Z';

function budgetOf(status: object, spec: object = {}): PodDisruptionBudget {
  return {
    metadata: { name: 'budget', generation: 2 },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
    status: { observedGeneration: 2, ...status },
  } as unknown as PodDisruptionBudget;
}

function podOf(status: object, metadata: object = {}): Pod {
  return { metadata: { name: 'web-1', labels: { app: 'web' }, ...metadata }, spec: {}, status } as unknown as Pod;
}

function refusalOf(budget: PodDisruptionBudget): object {
  try {
    spendDisruption(budget, 'web-1', now);
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
  return {};
}

describe('a disruption budget', () => {
  it('is spent, and remembers for whom', () => {
    const budget = budgetOf({ disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 });
    spendDisruption(budget, 'web-1', now);
    expect(budget.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { 'web-1': now } });
    expect(budget.status.conditions).toMatchObject([
      { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' },
    ]);
  });

  it('says how many healthy pods are wanting', () => {
    expect(refusalOf(budgetOf({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2 }))).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget budget needs 2 healthy pods and has 1 currently',
          },
        ],
      },
    });
  });

  it('that its controller has not looked at yet is to be asked again', () => {
    expect(refusalOf(budgetOf({ observedGeneration: 1, disruptionsAllowed: 5 }))).toMatchObject({
      code: 429,
      details: {
        retryAfterSeconds: 10,
        causes: [{ message: 'The disruption budget budget is still being processed by the server.' }],
      },
    });
  });

  it('covers the pods that it selects, and none if it selects all', () => {
    expect(covers(budgetOf({}), podOf({}))).toBe(true);
    expect(covers(budgetOf({}, { selector: {} }), podOf({}))).toBe(false);
    expect(covers(budgetOf({}, { selector: undefined }), podOf({}))).toBe(false);
  });

  it.each<[string, object, object, boolean]>([
    [
      'a healthy pod counts',
      { conditions: [{ type: 'Ready', status: 'True' }] },
      { currentHealthy: 2, desiredHealthy: 2 },
      false,
    ],
    ['a sick one does not, where enough are healthy', {}, { currentHealthy: 2, desiredHealthy: 2 }, true],
    ['a sick one does, where they are not', {}, { currentHealthy: 1, desiredHealthy: 2 }, false],
    ['nor where none need be', {}, { currentHealthy: 0, desiredHealthy: 0 }, false],
  ])('%s', (_name, podStatus, status, uncounted) => {
    expect(goesUncounted(podOf(podStatus), budgetOf(status))).toBe(uncounted);
  });

  it('may let sick pods always go', () => {
    const budget = budgetOf({ currentHealthy: 0, desiredHealthy: 2 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    expect(goesUncounted(podOf({}), budget)).toBe(true);
  });

  it('is not asked for pods that do not run', () => {
    expect(['Pending', 'Running', 'Succeeded', 'Failed'].filter((phase) => needsBudget(podOf({ phase })))).toEqual([
      'Running',
    ]);
    expect(needsBudget(podOf({ phase: 'Running' }, { deletionTimestamp: now }))).toBe(false);
  });
});
