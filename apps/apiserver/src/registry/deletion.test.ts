import { describe, expect, it } from '@jest/globals';
import { type ApiObject, type ResourceInfo, ResourceTable } from '@orrery/api';
import { type DeletionOptions, isReleased, planDeletion } from './deletion.ts';

const nowMs = Date.UTC(2026, 0, 1);
const info = ResourceTable.builtIn().find('', 'v1', 'pods') as ResourceInfo;

function objectWith(metadata: Partial<ApiObject['metadata']>): ApiObject {
  const complete = { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '', ...metadata };
  return { kind: 'Pod', apiVersion: 'v1', metadata: complete };
}

function plan(metadata: Partial<ApiObject['metadata']>, options: DeletionOptions = {}, grace = 0) {
  const object = objectWith(metadata);
  const { kind } = planDeletion(object, options, grace, nowMs);
  const { finalizers, deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  return { kind, finalizers, deletionTimestamp, deletionGracePeriodSeconds };
}

describe('a deletion', () => {
  it('removes at once what nothing holds', () => {
    expect(plan({}).kind).toBe('remove');
  });

  it('marks what has a grace period, with the time of its end', () => {
    expect(plan({}, {}, 30)).toMatchObject({
      kind: 'mark',
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
    });
  });

  it('marks what has finalizers', () => {
    expect(plan({ finalizers: ['x/y'] })).toMatchObject({ kind: 'mark', deletionGracePeriodSeconds: 0 });
  });

  it('asks the garbage collector by finalizers', () => {
    expect(plan({}, { propagationPolicy: 'Foreground' }).finalizers).toEqual(['foregroundDeletion']);
    expect(plan({}, { propagationPolicy: 'Orphan' }).finalizers).toEqual(['orphan']);
    expect(plan({ finalizers: ['orphan'] }, { propagationPolicy: 'Background' }).kind).toBe('remove');
  });

  const running = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };

  it('changes nothing when it is asked for again', () => {
    expect(plan(running, {}, 30).kind).toBe('pending');
    expect(plan({ ...running, deletionGracePeriodSeconds: 0, finalizers: ['x/y'] }).kind).toBe('pending');
  });

  it('may only be hastened', () => {
    expect(plan(running, { gracePeriodSeconds: 60 }, 60).kind).toBe('pending');
    expect(plan(running, { gracePeriodSeconds: 5 }, 5)).toMatchObject({
      kind: 'mark',
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 5,
    });
    expect(plan(running, { gracePeriodSeconds: 0 }, 0).kind).toBe('remove');
  });

  it('ends with the update that removes the last finalizer', () => {
    expect(isReleased(info, objectWith({ ...running, deletionGracePeriodSeconds: 0 }))).toBe(true);
    expect(isReleased(info, objectWith(running))).toBe(false);
    expect(isReleased(info, objectWith({ ...running, deletionGracePeriodSeconds: 0, finalizers: ['x/y'] }))).toBe(
      false,
    );
    expect(isReleased(info, objectWith({}))).toBe(false);
  });
});
