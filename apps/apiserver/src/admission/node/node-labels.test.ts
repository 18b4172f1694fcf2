import { expect, it } from '@jest/globals';
import { forbiddenLabelChanges } from './node-labels.ts';

it.each<[Record<string, string>, Record<string, string>, string[]]>([
  [{}, { 'kubernetes.io/hostname': 'n', 'topology.kubernetes.io/zone': 'z', 'example.com/own': 'x', plain: 'x' }, []],
  [{}, { 'node.kubernetes.io/any': 'x', 'sub.kubelet.kubernetes.io/any': 'x' }, []],
  [{}, { 'node-restriction.kubernetes.io/tenant': 'a' }, ['node-restriction.kubernetes.io/tenant']],
  [{ 'node-role.kubernetes.io/x': '' }, {}, ['node-role.kubernetes.io/x']],
  [{ 'kubernetes.io/role': 'a' }, { 'kubernetes.io/role': 'a' }, []],
  [{ 'other.k8s.io/a': '1' }, { 'other.k8s.io/a': '2' }, ['other.k8s.io/a']],
])('%j to %j: %j', (before, after, forbidden) => {
  expect(forbiddenLabelChanges(before, after)).toEqual(forbidden);
});
