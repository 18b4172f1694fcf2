import { describe, expect, it } from '@jest/globals';
import type { Pod } from '@orrery/api';
import { type PodAction, type PodPlan, type ProbeVerdicts, planPod } from './plan-pod.ts';
import type { BackOffEntry } from './restart-back-off.ts';
import { emptyRuntimePod, type RuntimePod } from './runtime-pod.ts';
import { endedRun, nothingKnown, testContainer, testPod, testRun, testRuntime } from './test-pod.fixture.ts';

interface Circumstances {
  readonly verdicts?: Partial<ProbeVerdicts>;
  readonly backOffs?: Record<string, BackOffEntry>;
  readonly now?: number;
}

function plan(pod: Pod, runtime: RuntimePod, { verdicts, backOffs = {}, now = 10_000 }: Circumstances = {}): PodPlan {
  return planPod({
    pod,
    runtime,
    now,
    verdicts: () => ({ ...nothingKnown, ...verdicts }),
    backOffs: new Map(Object.entries(backOffs)),
  });
}

/** Actions in short: `start web#1`, `kill web`, `killPod`, `sandbox 0`. */
function told(actions: readonly PodAction[]): string[] {
  return actions.map((action) => {
    switch (action.kind) {
      case 'killPod':
        return 'killPod';
      case 'createSandbox':
        return `sandbox ${action.attempt}`;
      case 'startContainer':
        return `start ${action.container.name}#${action.restartCount}`;
      case 'killContainer':
        return `kill ${action.container.name}: ${action.message}`;
      default:
        return action satisfies never;
    }
  });
}

const deadSandbox = (runtime: RuntimePod): RuntimePod => ({
  ...runtime,
  sandboxes: runtime.sandboxes.map((sandbox) => ({ ...sandbox, ready: false, ips: [] })),
});
const init = (...names: string[]) => ({ initContainers: names.map((name) => testContainer(name)) });
const sidecar = testContainer('proxy', { restartPolicy: 'Always' });
const liveness = testPod({ containers: [testContainer('web', { livenessProbe: {} })] });
const startup = testPod({ containers: [testContainer('web', { startupProbe: {} })] });
const two = testPod({ containers: [testContainer('web'), testContainer('log')] });

describe('planPod', () => {
  const cases: [string, Pod, RuntimePod, Circumstances, string[]][] = [
    ['a new pod gets a sandbox', testPod(), emptyRuntimePod, {}, ['sandbox 0']],
    ['then its containers, all of them', two, testRuntime(), {}, ['start web#0', 'start log#0']],
    ['a pod that runs is left alone', testPod(), testRuntime(testRun('web')), {}, []],
    ['only what is missing is started', two, testRuntime(testRun('web')), {}, ['start log#0']],
    ['a first failure is restarted at once', testPod(), testRuntime(endedRun('web', 1)), {}, ['start web#1']],
    ['Always restarts a success too', testPod(), testRuntime(endedRun('web', 0)), {}, ['start web#1']],
    [
      'OnFailure restarts failures',
      testPod({ restartPolicy: 'OnFailure' }),
      testRuntime(endedRun('web', 1)),
      {},
      ['start web#1'],
    ],
    [
      'OnFailure ends with a success',
      testPod({ restartPolicy: 'OnFailure' }),
      testRuntime(endedRun('web', 0)),
      {},
      ['killPod'],
    ],
    [
      'Never ends with a failure',
      testPod({ restartPolicy: 'Never' }),
      testRuntime(endedRun('web', 1)),
      {},
      ['killPod'],
    ],
    [
      'Never waits for the other container',
      { ...two, spec: { ...two.spec, restartPolicy: 'Never' } },
      testRuntime(endedRun('web', 1), testRun('log')),
      {},
      [],
    ],
    ['a lost sandbox is replaced', testPod(), deadSandbox(testRuntime(endedRun('web', 137))), {}, ['sandbox 1']],
    [
      'after what still runs was stopped',
      testPod(),
      deadSandbox(testRuntime(testRun('web'))),
      {},
      ['killPod', 'sandbox 1'],
    ],
    [
      'but not for a pod that has ended',
      testPod({ restartPolicy: 'Never' }),
      deadSandbox(testRuntime(endedRun('web', 0))),
      {},
      ['killPod'],
    ],
    ['init containers go first, one by one', testPod(init('a', 'b')), testRuntime(), {}, ['start a#0']],
    ['the next waits for the one before', testPod(init('a', 'b')), testRuntime(testRun('a')), {}, []],
    ['and starts when it has succeeded', testPod(init('a', 'b')), testRuntime(endedRun('a', 0)), {}, ['start b#0']],
    ['after the last comes the pod', testPod(init('a')), testRuntime(endedRun('a', 0)), {}, ['start web#0']],
    ['a failed init container is restarted', testPod(init('a')), testRuntime(endedRun('a', 1)), {}, ['start a#1']],
    [
      'or ends a pod that is never restarted',
      testPod({ ...init('a'), restartPolicy: 'Never' }),
      testRuntime(endedRun('a', 1)),
      {},
      ['killPod'],
    ],
    [
      'a new sandbox runs init containers again',
      testPod(init('a')),
      testRuntime(endedRun('a', 0, { sandboxId: 'old' }), endedRun('web', 1, { sandboxId: 'old' })),
      {},
      ['start a#1'],
    ],
    [
      'a sidecar lets the pod start once it runs',
      testPod({ initContainers: [sidecar] }),
      testRuntime(testRun('proxy')),
      {},
      ['start web#0'],
    ],
    [
      'a sidecar is restarted beside the pod',
      testPod({ initContainers: [sidecar] }),
      testRuntime(endedRun('proxy', 0), testRun('web')),
      {},
      ['start proxy#1'],
    ],
    [
      'a sidecar does not keep a pod alive',
      testPod({ initContainers: [sidecar], restartPolicy: 'Never' }),
      testRuntime(testRun('proxy'), endedRun('web', 0)),
      {},
      ['killPod'],
    ],
    [
      'a failed liveness probe kills',
      liveness,
      testRuntime(testRun('web')),
      { verdicts: { liveness: 'failure' } },
      ['kill web: failed liveness probe, will be restarted'],
    ],
    [
      'a failed startup probe kills',
      startup,
      testRuntime(testRun('web')),
      { verdicts: { startup: 'failure' } },
      ['kill web: failed startup probe, will be restarted'],
    ],
    [
      'a verdict of a probe that is not there means nothing',
      testPod(),
      testRuntime(testRun('web')),
      { verdicts: { liveness: 'failure' } },
      [],
    ],
    [
      'a changed image kills',
      testPod({ containers: [testContainer('web', { image: 'hello:2' })] }),
      testRuntime(testRun('web')),
      {},
      ['kill web: definition changed, will be restarted'],
    ],
  ];

  it.each(cases)('%s', (_title, pod, runtime, circumstances, expected) => {
    expect(told(plan(pod, runtime, circumstances).actions)).toEqual(expected);
  });

  it('lets a container that fails again wait, and says when its time has come', () => {
    const backOffs = { web: { delay: 20_000, restartedAt: 5_000 } };
    const { actions, waiting, wakeAt } = plan(testPod(), testRuntime(endedRun('web', 1)), { backOffs, now: 12_000 });
    expect(actions).toEqual([]);
    expect(wakeAt).toBe(30_000);
    expect(waiting.get('web')).toEqual({
      reason: 'CrashLoopBackOff',
      message: 'back-off 20s restarting failed container=web pod=web_default(u1)',
    });
    expect(told(plan(testPod(), testRuntime(endedRun('web', 1)), { backOffs, now: 30_000 }).actions)).toEqual([
      'start web#1',
    ]);
  });
});
