import { describe, expect, it } from '@jest/globals';
import { applyDefaults } from '../../defaulting/apply-defaults.ts';
import { fieldErrorText } from '../../errors/field-error.ts';
import type { Pod } from '../../generated/kinds.ts';
import { ResourceTable } from '../../resource/resource-table.ts';
import type { ApiObject } from '../../resource/resource-type.ts';
import { GenericStrategy } from '../generic-strategy.ts';
import type { KindRules } from '../kind-rules.ts';
import type { StrategyContext } from '../strategy.ts';
import { podRules } from './pod-rules.ts';

const context: StrategyContext = {
  now: '2026-01-02T03:04:05Z',
  namespace: 'default',
  newUid: () => 'uid-1',
  nameSuffix: () => 'x7k2p',
};
const table = ResourceTable.builtIn();
const pods = table.find('', 'v1', 'pods');
if (!pods) throw new Error('pods are not in the table');
const strategy = new GenericStrategy(pods, podRules as unknown as KindRules);

function podOf(spec: object, metadata: object = {}): Pod {
  const pod = { metadata: { name: 'web', ...metadata }, spec: structuredClone(spec) } as unknown as Pod;
  applyDefaults(pods as NonNullable<typeof pods>, pod as ApiObject);
  strategy.prepareForCreate(pod, context);
  return pod;
}

function textsOf(findings: ReturnType<GenericStrategy['validate']>): string[] {
  return findings.map((finding) => fieldErrorText(finding).split('\n')[0] ?? '');
}

function changed(subresource: string, old: Pod, change: (pod: Pod) => void): { pod: Pod; texts: string[] } {
  const pod = structuredClone(old);
  change(pod);
  strategy.prepareForSubresourceUpdate(subresource, pod, old, context);
  return { pod, texts: textsOf(strategy.validateSubresourceUpdate(subresource, pod, old)) };
}

const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '2Gi' } };
const running = podOf({ containers: [{ name: 'web', image: 'x', resources }] });

describe('a resize', () => {
  const resizing = (amounts: object) => (pod: Pod) => {
    const [container] = pod.spec.containers;
    if (container) container.resources = amounts as typeof resources;
  };

  it('changes CPU and memory, and counts', () => {
    const more = { requests: { cpu: '1500m', memory: '1Gi' }, limits: { cpu: '3', memory: '1Gi' } };
    const { pod, texts } = changed('resize', running, resizing(more));
    expect(texts).toEqual([]);
    expect(pod.spec.containers[0]?.resources).toEqual(more);
    expect(pod.metadata.generation).toBe(2);
  });

  it('leaves everything else as it was', () => {
    const { pod, texts } = changed('resize', running, (one) => {
      for (const container of one.spec.containers) container.image = 'other';
      one.spec.hostNetwork = true;
    });
    expect(texts).toEqual([]);
    expect(pod.spec).toEqual(running.spec);
    expect(pod.metadata.generation).toBe(1);
  });

  it('takes nothing away', () => {
    const { texts } = changed('resize', running, resizing({ requests: { cpu: '1' }, limits: resources.limits }));
    expect(texts).toContain('spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed');
  });

  it('keeps the class of service', () => {
    const same = { requests: resources.limits, limits: resources.limits };
    const { texts } = changed('resize', running, resizing(same));
    expect(texts).toEqual(['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing']);
  });

  it('is about CPU and memory only', () => {
    const disk = { requests: { ...resources.requests, 'ephemeral-storage': '1Gi' }, limits: resources.limits };
    const { texts } = changed('resize', running, resizing(disk));
    expect(texts).toEqual(['spec: Forbidden: only cpu and memory resources are mutable']);
  });

  it('is not for pods that a kubelet only shows', () => {
    const mirror = podOf({ ...running.spec, nodeName: 'n' }, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
    expect(changed('resize', mirror, () => {}).texts).toEqual([': Forbidden: static pods cannot be resized']);
  });
});

describe('ephemeral containers', () => {
  const debug = (name: string, image = 'x') => ({
    name,
    image,
    imagePullPolicy: 'Always',
    terminationMessagePolicy: 'File',
  });

  it('are added', () => {
    const { pod, texts } = changed('ephemeralcontainers', running, (one) => {
      one.spec.ephemeralContainers = [{ ...debug('debug'), targetContainerName: 'web' }];
      one.spec.hostNetwork = true;
    });
    expect(texts).toEqual([]);
    expect(pod.spec.hostNetwork).toBeUndefined();
    expect(pod.metadata.generation).toBe(2);
  });

  it('stay as they are', () => {
    const old = { ...running, spec: { ...running.spec, ephemeralContainers: [debug('a'), debug('b')] } };
    const { texts } = changed('ephemeralcontainers', old, (one) => {
      one.spec.ephemeralContainers = [debug('a', 'y')];
    });
    expect(texts).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "a" may not be changed',
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "b" may not be removed',
    ]);
  });
});

describe('the status of a pod', () => {
  const reported = (old: Pod, status: Pod['status']): { pod: Pod; texts: string[] } => {
    const pod = { ...structuredClone(old), status: structuredClone(status) };
    strategy.prepareForStatusUpdate(pod, old, context);
    return { pod, texts: textsOf(strategy.validateStatusUpdate(pod, old)) };
  };

  it('keeps the class and the observed generations that a kubelet leaves out', () => {
    const condition = { type: 'Ready', status: 'False' };
    const old = { ...running, status: { ...running.status, conditions: [{ ...condition, observedGeneration: 1 }] } };
    const { pod, texts } = reported(old, { phase: 'Running', conditions: [{ ...condition, status: 'True' }] });
    expect(texts).toEqual([]);
    expect(pod.status.qosClass).toBe('Burstable');
    expect(pod.status.conditions).toEqual([{ type: 'Ready', status: 'True', observedGeneration: 1 }]);
  });

  it('has one address of each family', () => {
    const { texts } = reported(running, {
      podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
      hostIP: '10.0.0.1',
      hostIPs: [{ ip: '10.0.0.9' }],
    });
    expect(texts).toEqual([
      'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      'status.hostIPs[0].ip: Invalid value: "10.0.0.9": must be equal to `hostIP`',
    ]);
  });

  it('does not bring back a container that ended for good', () => {
    const pod = podOf({ restartPolicy: 'Never', containers: [{ name: 'web', image: 'x' }] });
    const statusOf = (state: object) => ({
      name: 'web',
      image: 'x',
      imageID: '',
      ready: false,
      restartCount: 0,
      state,
    });
    const old = { ...pod, status: { ...pod.status, containerStatuses: [statusOf({ terminated: { exitCode: 1 } })] } };
    const { texts } = reported(old, { ...pod.status, containerStatuses: [statusOf({ running: {} })] });
    expect(texts).toEqual([
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
    ]);
  });
});

describe('warnings of a new pod', () => {
  it.each([
    ['plain', { containers: [{ name: 'a', image: 'x' }] }, []],
    [
      'a hidden variable',
      {
        containers: [
          {
            name: 'a',
            image: 'x',
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
              { name: 'A', value: '$(A)3' },
            ],
          },
        ],
      },
      ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      'the same port twice',
      {
        containers: [
          { name: 'a', image: 'x', ports: [{ containerPort: 80 }] },
          { name: 'b', image: 'x', ports: [{ containerPort: 80 }] },
        ],
      },
      ['spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]'],
    ],
    [
      'labels of old',
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux' }, containers: [{ name: 'a', image: 'x' }] },
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'half a byte',
      { containers: [{ name: 'a', image: 'x', resources: { limits: { memory: '500m' } } }] },
      [
        'spec.containers[0].resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer',
        'spec.containers[0].resources.requests[memory]: fractional byte value "500m" is invalid, must be an integer',
      ],
    ],
    [
      'a volume that is gone',
      { volumes: [{ name: 'v', glusterfs: { endpoints: 'e', path: 'p' } }], containers: [{ name: 'a', image: 'x' }] },
      ['spec.volumes[0].glusterfs: deprecated in v1.25, non-functional in v1.26+'],
    ],
  ])('%s', (_name, spec, expected) => {
    expect(strategy.warnings(podOf(spec), undefined)).toEqual(expected);
  });

  it('are only for new ones', () => {
    const pod = podOf({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' }, containers: [{ name: 'a', image: 'x' }] });
    expect(strategy.warnings(pod, pod)).toEqual([]);
  });
});
