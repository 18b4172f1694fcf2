import type { Container, Pod, PodSpec } from '@orrery/api';
import { containerHash } from '../cri/pod-labels.ts';
import type { ProbeVerdicts } from './plan-pod.ts';
import type { RuntimeContainer, RuntimePod } from './runtime-pod.ts';

/** A pod `web` in `default` with one container `web`, for tests. */
export function testPod(spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      creationTimestamp: '',
      resourceVersion: '1',
      ...metadata,
    },
    spec: { containers: [testContainer('web')], restartPolicy: 'Always', ...spec },
    status: {},
  };
}

export function testContainer(name: string, more: Partial<Container> = {}): Container {
  return { name, image: 'hello:1', ...more };
}

/** A run of a container in sandbox `s0`; it runs unless `more` says otherwise. */
export function testRun(name: string, more: Partial<RuntimeContainer> = {}): RuntimeContainer {
  return {
    id: `${name}-${more.restartCount ?? 0}`,
    sandboxId: 's0',
    name,
    state: 'running',
    createdAt: 1_000,
    startedAt: 1_000,
    finishedAt: 0,
    exitCode: 0,
    reason: '',
    message: '',
    image: 'hello:1',
    imageId: 'hello@sha256:1',
    restartCount: 0,
    hash: containerHash(testContainer(name)),
    ...more,
  };
}

/** A run that has ended with that code at second 10. */
export function endedRun(name: string, exitCode: number, more: Partial<RuntimeContainer> = {}): RuntimeContainer {
  return testRun(name, { state: 'exited', exitCode, finishedAt: 10_000, ...more });
}

/** A ready sandbox `s0` with those containers. */
export function testRuntime(...containers: RuntimeContainer[]): RuntimePod {
  return { sandboxes: [{ id: 's0', ready: true, attempt: 0, createdAt: 500, ips: ['10.244.0.2'] }], containers };
}

export const nothingKnown: ProbeVerdicts = { startup: 'unknown', liveness: 'unknown', readiness: 'unknown' };
