import { expect, it } from '@jest/globals';
import { Pod } from '@orrery/api';
import type { GraphNode } from '../object-graph/graph-node.ts';
import { type OwnerState, planDeletion, planOwned } from './plan-collection.ts';

function node(uid: string, owners: readonly string[], finalizers: readonly string[] = [], deleting = false): GraphNode {
  const references = owners.map((owner) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    name: owner,
    uid: owner,
    blockOwnerDeletion: true,
  }));
  return { uid, type: Pod, key: { namespace: '', name: uid }, owners: references, finalizers, deleting, revision: 1 };
}

it.each<{ states: OwnerState[]; expected: object }>([
  { states: ['solid'], expected: { step: 'none' } },
  { states: ['dangling'], expected: { step: 'delete', propagationPolicy: 'Background' } },
  { states: ['solid', 'dangling'], expected: { step: 'drop-owners', uids: ['o1'] } },
  { states: ['waiting'], expected: { step: 'delete', propagationPolicy: 'Foreground' } },
])('owners $states', ({ states, expected }) => {
  const owned = node(
    'x',
    states.map((_, index) => `o${index}`),
  );
  expect(planOwned(owned, states, [node('child', ['x'])])).toEqual(expected);
});

it('lets an owner go in the foreground only after its dependents', () => {
  const owner = node('x', [], ['foregroundDeletion'], true);
  expect(planDeletion(owner, [node('child', ['x'])]).step).toBe('await-dependents');
  expect(planDeletion(owner, [])).toEqual({ step: 'remove-finalizer', finalizer: 'foregroundDeletion' });
});

it('breaks a circle of owners that wait for each other', () => {
  const last = node('x', ['o0']);
  const first = node('child', ['x'], ['foregroundDeletion'], true);
  expect(planOwned(last, ['waiting'], [first])).toEqual({ step: 'break-circle' });
  const owner = node('x', ['o0'], ['foregroundDeletion'], true);
  expect(planDeletion(owner, [first])).toEqual({ step: 'await-dependents', dependents: [] });
});

it('frees orphans before their owner goes', () => {
  const owner = node('x', [], ['orphan'], true);
  expect(planDeletion(owner, [node('child', ['x'])]).step).toBe('orphan-dependents');
  expect(planDeletion(owner, [])).toEqual({ step: 'remove-finalizer', finalizer: 'orphan' });
});
