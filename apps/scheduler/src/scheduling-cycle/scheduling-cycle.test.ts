import { describe, expect, it } from '@jest/globals';
import type { Node, Pod, PodSpec, Taint } from '@orrery/api';
import { SeededRandom } from '@orrery/runtime';
import fc from 'fast-check';
import { NodeInfo, PodInfo } from '../cluster-cache/node-info.ts';
import { plugins } from '../framework/plugins.ts';
import { chooseNode, nodesToFind } from './scheduling-cycle.ts';

interface NodeShape {
  name?: string;
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: Taint[];
  unschedulable?: boolean;
  images?: { names: string[]; sizeBytes: number }[];
}

function node(shape: NodeShape = {}, pods: PodInfo[] = []): NodeInfo {
  const {
    name = 'node-1',
    cpu = '4',
    memory = '8Gi',
    pods: podsMax = '110',
    labels = {},
    taints,
    unschedulable,
    images,
  } = shape;
  const object: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '',
      labels: { 'kubernetes.io/hostname': name, ...labels },
    },
    spec: { taints, unschedulable },
    status: { allocatable: { cpu, memory, pods: podsMax }, images },
  };
  return new NodeInfo(object, pods);
}

let podCount = 0;

function pod(spec: Partial<PodSpec> = {}, requests: Record<string, string> = {}): PodInfo {
  podCount += 1;
  const object: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${podCount}`,
      namespace: 'default',
      uid: `uid-${podCount}`,
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: { containers: [{ name: 'main', image: 'web:1', resources: { requests } }], ...spec },
    status: {},
  };
  return new PodInfo(object);
}

const choose = (subject: PodInfo, nodes: NodeInfo[]) => chooseNode(subject, nodes, plugins, new SeededRandom(1));

function required(key: string, operator: string, values: string[]): Partial<PodSpec> {
  const nodeSelectorTerms = [{ matchExpressions: [{ key, operator, values }] }];
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}

describe('choosing a node', () => {
  const taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };

  it.each<[string, PodInfo, NodeInfo[], string]>([
    ['there is none', pod(), [], 'no nodes available to schedule pods'],
    ['CPU is short', pod({}, { cpu: '5' }), [node()], '0/1 nodes are available: 1 Insufficient cpu.'],
    [
      'several things are short',
      pod({}, { cpu: '5', memory: '9Gi', 'example.com/gpu': '1' }),
      [node()],
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient example.com/gpu, 1 Insufficient memory.',
    ],
    ['the node is full', pod(), [node({ pods: '1' }, [pod()])], '0/1 nodes are available: 1 Too many pods.'],
    [
      'the node is cordoned',
      pod(),
      [node({ unschedulable: true })],
      '0/1 nodes are available: 1 node(s) were unschedulable.',
    ],
    [
      'the node is tainted',
      pod(),
      [node({ taints: [taint] })],
      '0/1 nodes are available: 1 node(s) had untolerated taint(s).',
    ],
    [
      'the selector does not match',
      pod({ nodeSelector: { disk: 'ssd' } }),
      [node({ labels: { disk: 'hdd' } })],
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    ],
    [
      'the host port is taken',
      pod({ containers: [{ name: 'a', ports: [{ containerPort: 80, hostPort: 80 }] }] }),
      [node({}, [pod({ containers: [{ name: 'b', ports: [{ containerPort: 8080, hostPort: 80 }] }] })])],
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
    ],
    [
      'nodes refuse for different reasons',
      pod({}, { cpu: '5' }),
      [node({ name: 'a' }), node({ name: 'b', taints: [taint] }), node({ name: 'c' })],
      '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.',
    ],
  ])('fails when %s', (_, subject, nodes, message) => {
    expect(choose(subject, nodes)).toMatchObject({ kind: 'unschedulable', message });
  });

  it.each<[string, PodInfo, NodeInfo[], string]>([
    [
      'the emptier one',
      pod({}, { cpu: '1' }),
      [node({ name: 'a' }, [pod({}, { cpu: '2' })]), node({ name: 'b' })],
      'b',
    ],
    [
      'the one that it tolerates',
      pod({ tolerations: [{ key: 'dedicated', operator: 'Exists' }] }),
      [node({ name: 'a', taints: [taint] })],
      'a',
    ],
    [
      'the one whose label compares',
      pod(required('cores', 'Gt', ['8'])),
      [node({ name: 'a', labels: { cores: '8' } }), node({ name: 'b', labels: { cores: '16' } })],
      'b',
    ],
    [
      'the preferred one, though it is fuller',
      pod({
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 100, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['x'] }] } },
            ],
          },
        },
      }),
      [node({ name: 'a', labels: { zone: 'x' } }, [pod({}, { cpu: '1' })]), node({ name: 'b' })],
      'a',
    ],
    [
      'the one without a PreferNoSchedule taint',
      pod(),
      [node({ name: 'a', taints: [{ key: 'old', effect: 'PreferNoSchedule' }] }), node({ name: 'b' })],
      'b',
    ],
    [
      'the one that has the image',
      pod(),
      [node({ name: 'a', images: [{ names: ['web:1'], sizeBytes: 900 * 1024 * 1024 }] }), node({ name: 'b' })],
      'a',
    ],
  ])('prefers %s', (_, subject, nodes, name) => {
    expect(choose(subject, nodes)).toMatchObject({ kind: 'node', node: name });
  });

  it('counts init containers by their peak and sidecars for good', () => {
    const init = [
      { name: 'sidecar', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } },
      { name: 'setup', resources: { requests: { cpu: '3' } } },
    ];
    expect(pod({ initContainers: init }, { cpu: '2' }).requests.cpuMilli).toBe(4000);
    expect(pod({ initContainers: init }, { cpu: '3500m' }).requests.cpuMilli).toBe(4500);
  });

  it('never puts more on a node than it has', () => {
    const sizes = fc.array(
      fc.record({ cpu: fc.integer({ min: 0, max: 3000 }), memory: fc.integer({ min: 0, max: 6000 }) }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 5 }), fc.integer(), (wanted, nodeCount, seed) => {
        const nodes = Array.from({ length: nodeCount }, (_, index) => node({ name: `n${index}`, pods: '8' }));
        const random = new SeededRandom(seed);
        for (const { cpu, memory } of wanted) {
          const subject = pod({}, { cpu: `${cpu}m`, memory: `${memory}Mi` });
          const decision = chooseNode(subject, nodes, plugins, random);
          if (decision.kind === 'node') nodes.find(({ name }) => name === decision.node)?.add(subject);
        }
        for (const { requested, allocatable, podCount: count, podsMax } of nodes) {
          expect(requested.cpuMilli).toBeLessThanOrEqual(allocatable.cpuMilli);
          expect(requested.memory).toBeLessThanOrEqual(allocatable.memory);
          expect(count).toBeLessThanOrEqual(podsMax);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    [50, 50],
    [100, 100],
    [1000, 420],
    [5000, 500],
    [6000, 300],
  ])('among %i nodes looks for %i that fit', (nodes, wanted) => {
    expect(nodesToFind(nodes)).toBe(wanted);
  });
});
