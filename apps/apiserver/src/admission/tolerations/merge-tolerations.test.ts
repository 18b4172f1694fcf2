import { expect, it } from '@jest/globals';
import type { Toleration } from '@orrery/api';
import { mergeTolerations } from './merge-tolerations.ts';

const everything: Toleration = { operator: 'Exists' };
const key: Toleration = { key: 'k', operator: 'Exists' };
const value: Toleration = { key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' };
const briefly: Toleration = { key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
const longer: Toleration = { ...briefly, tolerationSeconds: 50 };

it.each<[string, Toleration[], Toleration[], Toleration[]]>([
  ['different ones both stay', [value], [briefly], [value, briefly]],
  ['of equal ones the first stays', [value], [value], [value]],
  ['a key covers its values', [value], [key], [key]],
  ['everything covers keys', [key, value], [everything], [everything]],
  ['longer covers briefly', [briefly], [longer], [longer]],
  ['briefly does not cover longer', [longer], [briefly], [longer]],
])('%s', (_, first, second, merged) => {
  expect(mergeTolerations(first, second)).toEqual(merged);
});
