import { describe, expect, it } from '@jest/globals';
import type { Pod } from '@orrery/api';
import { slowStartBatches } from './plan-replica-set.ts';
import { podsToDelete } from './pod-deletion-order.ts';

const now = Date.UTC(2026, 0, 2);
const old = '2026-01-01T00:00:00Z';

interface Shape {
  readonly name: string;
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: string;
  readonly cost?: string;
  readonly restarts?: number;
  readonly created?: string;
}

function pod({ name, node = 'n', phase = 'Running', ready = old, cost, restarts = 0, created = old }: Shape): Pod {
  const annotations = cost === undefined ? undefined : { 'controller.kubernetes.io/pod-deletion-cost': cost };
  const isReady = ready !== '';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, uid: name, creationTimestamp: created, resourceVersion: '1', annotations },
    spec: { nodeName: node, containers: [] },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: isReady ? ready : old }],
      containerStatuses: [{ restartCount: restarts } as NonNullable<Pod['status']['containerStatuses']>[number]],
    },
  };
}

describe('which pod goes first', () => {
  it.each<{ name: string; loser: Partial<Shape>; keeper: Partial<Shape> }>([
    { name: 'unassigned', loser: { node: '' }, keeper: {} },
    { name: 'pending', loser: { phase: 'Pending' }, keeper: {} },
    { name: 'not ready', loser: { ready: '' }, keeper: {} },
    { name: 'cheaper', loser: { cost: '-5' }, keeper: { cost: '1' } },
    { name: 'ready for a shorter time', loser: { ready: '2026-01-01T23:00:00Z' }, keeper: {} },
    { name: 'restarted more often', loser: { restarts: 3 }, keeper: { restarts: 1 } },
    { name: 'younger', loser: { created: '2026-01-01T23:00:00Z' }, keeper: {} },
  ])('$name', ({ loser, keeper }) => {
    const pods = [pod({ name: 'a-keeper', ...keeper }), pod({ name: 'b-loser', ...loser })];
    expect(podsToDelete(pods, pods, 1, now).map(({ metadata }) => metadata.name)).toEqual(['b-loser']);
  });

  it('on the fuller node', () => {
    const pods = [pod({ name: 'a', node: 'empty' }), pod({ name: 'b', node: 'full' })];
    const related = [...pods, pod({ name: 'c', node: 'full' })];
    expect(podsToDelete(pods, related, 1, now).map(({ metadata }) => metadata.name)).toEqual(['b']);
  });
});

it.each([
  [0, []],
  [1, [1]],
  [10, [1, 2, 4, 3]],
])('creates %i pods in batches', (count, batches) => {
  expect(slowStartBatches(count)).toEqual(batches);
});
