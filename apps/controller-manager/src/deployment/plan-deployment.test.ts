import { describe, expect, it } from '@jest/globals';
import type { Deployment, ReplicaSet } from '@orrery/api';
import { planDeployment } from './plan-deployment.ts';
import { podTemplateHash } from './pod-template-hash.ts';
import { maxSurge, maxUnavailable, newReplicaSetSize, shrinkOld } from './rollout-sizes.ts';

interface Shape {
  readonly replicas?: number;
  readonly surge?: number | string;
  readonly unavailable?: number | string;
  readonly type?: string;
  readonly paused?: boolean;
}

function deployment({ replicas = 10, surge, unavailable, type = 'RollingUpdate', paused }: Shape = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'd', creationTimestamp: '', resourceVersion: '1' },
    spec: {
      replicas,
      paused,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type, rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      template: template('new'),
    },
    status: {},
  };
}

function template(image: string): Deployment['spec']['template'] {
  const metadata = { labels: { app: 'web' } } as unknown as Deployment['metadata'];
  return { metadata, spec: { containers: [{ name: 'web', image }] } };
}

function replicaSet(image: string, replicas: number, available: number, desired = 10, revision = '1'): ReplicaSet {
  const annotations = {
    'deployment.kubernetes.io/revision': revision,
    'deployment.kubernetes.io/desired-replicas': String(desired),
    'deployment.kubernetes.io/max-replicas': String(desired + Math.ceil(desired / 4)),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: `web-${image}`, uid: image, creationTimestamp: image, resourceVersion: '1', annotations },
    spec: { replicas, selector: {}, template: template(image) },
    status: { replicas, availableReplicas: available },
  };
}

const plan = (of: Deployment, replicaSets: readonly ReplicaSet[]) =>
  planDeployment({ deployment: of, replicaSets, pods: new Map() });

describe('the limits of a rollout', () => {
  it.each([
    { replicas: 10, surge: '25%', unavailable: '25%', expected: [3, 2] },
    { replicas: 3, surge: '25%', unavailable: '25%', expected: [1, 0] },
    { replicas: 1, surge: 0, unavailable: '25%', expected: [0, 1] },
    { replicas: 4, surge: 0, unavailable: 0, expected: [0, 1] },
    { replicas: 2, surge: 1, unavailable: 5, expected: [1, 2] },
    { replicas: 0, surge: '50%', unavailable: 1, expected: [0, 0] },
  ])('$replicas replicas, surge $surge, unavailable $unavailable', ({ expected, ...shape }) => {
    expect([maxSurge(deployment(shape)), maxUnavailable(deployment(shape))]).toEqual(expected);
  });

  it.each([
    { name: 'room for the surge', old: 10, size: 0, expected: 3 },
    { name: 'no room', old: 10, size: 3, expected: 3 },
    { name: 'never more than desired', old: 0, size: 8, expected: 10 },
  ])('grows the new one: $name', ({ old, size, expected }) => {
    const newest = replicaSet('new', size, size);
    expect(newReplicaSetSize(deployment(), [replicaSet('old', old, old), newest], newest)).toBe(expected);
  });

  it.each([
    { name: 'as far as availability permits', size: 3, available: 0, old: 10, oldAvailable: 10, expected: [8] },
    { name: 'one new available', size: 5, available: 1, old: 8, oldAvailable: 8, expected: [7] },
    { name: 'not below the minimum', size: 5, available: 0, old: 8, oldAvailable: 8, expected: [] },
    { name: 'broken ones first', size: 3, available: 0, old: 10, oldAvailable: 4, expected: [8] },
  ])('shrinks the old one: $name', ({ size, available, old, oldAvailable, expected }) => {
    const resizes = shrinkOld(deployment(), [replicaSet('old', old, oldAvailable)], replicaSet('new', size, available));
    expect(resizes.map(({ replicas }) => replicas)).toEqual(expected);
  });
});

describe('the next step of a rollout', () => {
  it('creates the ReplicaSet of the template, with room only for the surge', () => {
    const step = plan(deployment(), [replicaSet('old', 10, 10)]);
    expect(step).toMatchObject({ step: 'create', revision: 2n, replicaSet: { spec: { replicas: 3 } } });
  });

  it('waits with Recreate until the old ones are gone', () => {
    const step = plan(deployment({ type: 'Recreate' }), [replicaSet('old', 10, 10)]);
    expect(step).toMatchObject({ step: 'scale', resizes: [{ replicas: 0 }] });
  });

  it('creates nothing while paused', () => {
    expect(plan(deployment({ paused: true }), [replicaSet('old', 10, 10)])).toEqual({ step: 'none' });
  });

  it('spreads a change of size in the middle of a rollout', () => {
    const sets = [replicaSet('old', 8, 8, 10), replicaSet('new', 5, 5, 10, '2')];
    const step = plan(deployment({ replicas: 20 }), sets);
    const sizes = step.step === 'scale' ? step.resizes.map(({ replicas }) => replicas) : [];
    expect(sizes.reduce((total, size) => total + size, 0)).toBe(25);
  });

  it('gives an old ReplicaSet that comes back the next revision', () => {
    const step = plan(deployment(), [replicaSet('new', 0, 0, 10, '1'), replicaSet('old', 10, 10, 10, '2')]);
    expect(step).toMatchObject({
      step: 'update-new',
      replicaSet: {
        metadata: {
          annotations: {
            'deployment.kubernetes.io/revision': '3',
            'deployment.kubernetes.io/revision-history': '1',
          },
        },
      },
    });
  });

  it('has nothing to do when all is done', () => {
    expect(plan(deployment(), [replicaSet('new', 10, 10)])).toEqual({ step: 'none' });
  });
});

it('names equal templates equally, whatever the order of their keys', () => {
  const other = { spec: { containers: [{ image: 'new', name: 'web' }] }, metadata: template('new').metadata };
  expect(podTemplateHash(other, 0)).toBe(podTemplateHash(template('new'), 0));
  expect(podTemplateHash(template('new'), 1)).not.toBe(podTemplateHash(template('new'), 0));
  expect(podTemplateHash(template('new'), 0)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});
