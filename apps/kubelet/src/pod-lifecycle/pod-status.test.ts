import { describe, expect, it } from '@jest/globals';
import type { Pod, PodStatus } from '@orrery/api';
import { type PodStatusInput, podStatus } from './pod-status.ts';
import { emptyRuntimePod, type RuntimePod } from './runtime-pod.ts';
import { endedRun, nothingKnown, testContainer, testPod, testRun, testRuntime } from './test-pod.fixture.ts';

function status(pod: Pod, runtime: RuntimePod, more: Partial<PodStatusInput> = {}): PodStatus {
  return podStatus({
    pod,
    runtime,
    now: Date.parse('2026-01-01T00:00:20Z'),
    verdicts: () => nothingKnown,
    waiting: new Map(),
    terminationMessages: new Map(),
    runtimeName: 'orrery',
    nodeIp: '192.168.0.1',
    ended: false,
    failure: undefined,
    ...more,
  });
}

const condition = (of: PodStatus, type: string) => of.conditions?.find((candidate) => candidate.type === type);
const never = { restartPolicy: 'Never' };
const onFailure = { restartPolicy: 'OnFailure' };
const init = { initContainers: [testContainer('prepare')] };

describe('podStatus', () => {
  const phases: [string, Pod, RuntimePod, string][] = [
    ['nothing yet', testPod(), emptyRuntimePod, 'Pending'],
    ['running', testPod(), testRuntime(testRun('web')), 'Running'],
    ['ended, to be restarted', testPod(), testRuntime(endedRun('web', 1)), 'Running'],
    ['failed, restarted on failure', testPod(onFailure), testRuntime(endedRun('web', 1)), 'Running'],
    ['succeeded, restarted on failure', testPod(onFailure), testRuntime(endedRun('web', 0)), 'Succeeded'],
    ['succeeded, never restarted', testPod(never), testRuntime(endedRun('web', 0)), 'Succeeded'],
    ['failed, never restarted', testPod(never), testRuntime(endedRun('web', 1)), 'Failed'],
    ['initialising', testPod(init), testRuntime(testRun('prepare')), 'Pending'],
    ['initialisation failed, to be repeated', testPod(init), testRuntime(endedRun('prepare', 1)), 'Pending'],
    ['initialisation failed for good', testPod({ ...init, ...never }), testRuntime(endedRun('prepare', 1)), 'Failed'],
    ['initialised', testPod(init), testRuntime(endedRun('prepare', 0), testRun('web')), 'Running'],
  ];
  it.each(phases)('phase: %s', (_title, pod, runtime, phase) => expect(status(pod, runtime).phase).toBe(phase));

  it('of a pod that runs', () => {
    const result = status(testPod(), testRuntime(testRun('web')));
    expect(result).toMatchObject({
      podIP: '10.244.0.2',
      podIPs: [{ ip: '10.244.0.2' }],
      hostIP: '192.168.0.1',
      startTime: '2026-01-01T00:00:20Z',
      qosClass: 'BestEffort',
    });
    expect(result.conditions?.map(({ type, status: value }) => `${type}=${value}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    expect(result.containerStatuses?.[0]).toEqual({
      name: 'web',
      state: { running: { startedAt: '1970-01-01T00:00:01Z' } },
      lastState: {},
      ready: true,
      started: true,
      restartCount: 0,
      image: 'hello:1',
      imageID: 'hello@sha256:1',
      containerID: 'orrery://web-0',
    });
  });

  it('waits for the readiness probe', () => {
    const pod = testPod({ containers: [testContainer('web', { readinessProbe: {} })] });
    const result = status(pod, testRuntime(testRun('web')));
    expect(condition(result, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [web]',
    });
    const readiness = 'success' as const;
    expect(
      condition(status(pod, testRuntime(testRun('web')), { verdicts: () => ({ ...nothingKnown, readiness }) }), 'Ready')
        ?.status,
    ).toBe('True');
  });

  it('waits for readiness gates of others, and keeps their conditions', () => {
    const pod = testPod({ readinessGates: [{ conditionType: 'example.com/lb' }] });
    expect(condition(status(pod, testRuntime(testRun('web'))), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "example.com/lb" does not exist.',
    });
    pod.status.conditions = [{ type: 'example.com/lb', status: 'True' }];
    const open = status(pod, testRuntime(testRun('web')));
    expect(condition(open, 'Ready')?.status).toBe('True');
    expect(condition(open, 'example.com/lb')?.status).toBe('True');
  });

  it('shows a container that backs off with its last end', () => {
    const waiting = new Map([['web', { reason: 'CrashLoopBackOff', message: 'back-off' }]]);
    const [web] =
      status(testPod(), testRuntime(endedRun('web', 137, { reason: 'OOMKilled', restartCount: 2 })), { waiting })
        .containerStatuses ?? [];
    expect(web?.state).toEqual({ waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } });
    expect(web?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    expect(web).toMatchObject({ restartCount: 2, ready: false, started: false });
  });

  it('is not ready while terminating', () => {
    const pod = testPod({}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    const result = status(pod, testRuntime(testRun('web')));
    expect(result.phase).toBe('Running');
    expect(condition(result, 'Ready')?.status).toBe('False');
  });

  it('ends as failed when the kubelet gave it up', () => {
    const failure = { reason: 'DeadlineExceeded', message: 'too long' };
    const result = status(testPod(), testRuntime(endedRun('web', 0)), { failure, ended: true });
    expect(result).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' });
  });

  it('never leaves a final phase', () => {
    const pod = testPod();
    pod.status = { phase: 'Succeeded' };
    expect(status(pod, emptyRuntimePod).phase).toBe('Succeeded');
  });

  it('keeps transition times of what did not change', () => {
    const pod = testPod();
    pod.status = { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' }] };
    expect(condition(status(pod, testRuntime(testRun('web'))), 'PodScheduled')?.lastTransitionTime).toBe(
      '2025-01-01T00:00:00Z',
    );
  });
});
