import { expect, it } from '@jest/globals';
import type { LimitRange, Pod } from '@orrery/api';
import { podLimitErrors } from './limit-constraints.ts';

type Item = LimitRange['spec']['limits'][number];

function errorsOf(item: Omit<Item, 'type'> & { type?: string }, resources: object, more: object = {}): string[] {
  const range = { spec: { limits: [{ type: 'Container', ...item }] } } as unknown as LimitRange;
  return podLimitErrors(range, { spec: { containers: [{ name: 'c', resources }], ...more } } as unknown as Pod);
}

it.each<[string, Parameters<typeof errorsOf>, string[]]>([
  [
    'within',
    [
      { min: { cpu: '100m' }, max: { cpu: '1' } },
      { requests: { cpu: '0.1' }, limits: { cpu: '1000m' } },
    ],
    [],
  ],
  ['no request', [{ min: { cpu: '1' } }, {}], ['minimum cpu usage per Container is 1.  No request is specified']],
  [
    'small request',
    [{ min: { memory: '1Gi' } }, { requests: { memory: '512Mi' } }],
    ['minimum memory usage per Container is 1Gi, but request is 512Mi'],
  ],
  [
    'small limit',
    [{ min: { cpu: '1' } }, { requests: { cpu: '1' }, limits: { cpu: '500m' } }],
    ['minimum cpu usage per Container is 1, but limit is 500m'],
  ],
  ['no limit', [{ max: { cpu: '1' } }, {}], ['maximum cpu usage per Container is 1.  No limit is specified']],
  [
    'large request',
    [{ max: { cpu: '1' } }, { requests: { cpu: '2' }, limits: { cpu: '1' } }],
    ['maximum cpu usage per Container is 1, but request is 2'],
  ],
  [
    'no request for a ratio',
    [{ maxLimitRequestRatio: { cpu: '2' } }, { limits: { cpu: '1' } }],
    ['cpu max limit to request ratio per Container is 2, but no request is specified or request is 0'],
  ],
  [
    'no limit for a ratio',
    [{ maxLimitRequestRatio: { cpu: '2' } }, { requests: { cpu: '1' } }],
    ['cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0'],
  ],
  [
    'a ratio of fractions',
    [{ maxLimitRequestRatio: { cpu: '1.5' } }, { requests: { cpu: '300m' }, limits: { cpu: '500m' } }],
    ['cpu max limit to request ratio per Container is 1500m, but provided ratio is 1.666667'],
  ],
  [
    'all that is wrong, by name',
    [{ max: { memory: '1Gi', cpu: '1' } }, { limits: { cpu: '2', memory: '2Gi' } }],
    [
      'maximum cpu usage per Container is 1, but limit is 2',
      'maximum memory usage per Container is 1Gi, but limit is 2Gi',
    ],
  ],
  [
    'pods with what they start with',
    [
      { type: 'Pod', max: { cpu: '1' } },
      { limits: { cpu: '500m' } },
      { initContainers: [{ name: 'i', resources: { limits: { cpu: '3' } } }] },
    ],
    ['maximum cpu usage per Pod is 1, but limit is 3'],
  ],
])('%s', (_, [item, resources, more], expected) => {
  expect(errorsOf(item, resources, more)).toEqual(expected);
});
