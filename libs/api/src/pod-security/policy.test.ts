import { expect, it } from '@jest/globals';
import { policyOf, standardText } from './policy.ts';

const label = (name: string) => `pod-security.kubernetes.io/${name}`;

it.each<[string, Record<string, string>, string, string, string]>([
  ['no labels', {}, 'privileged:latest', 'privileged:latest', 'privileged:latest'],
  [
    'enforcing warns as well',
    { enforce: 'baseline', 'enforce-version': 'v1.30' },
    'baseline:v1.30',
    'privileged:latest',
    'baseline:v1.30',
  ],
  [
    'unless it says otherwise',
    { enforce: 'restricted', warn: 'privileged' },
    'restricted:latest',
    'privileged:latest',
    'privileged:latest',
  ],
  [
    'auditing',
    { audit: 'restricted', 'audit-version': 'v1.25' },
    'privileged:latest',
    'restricted:v1.25',
    'privileged:latest',
  ],
  ['a wrong level to enforce', { enforce: 'strict' }, 'restricted:latest', 'privileged:latest', 'privileged:latest'],
  ['a wrong level to audit', { audit: 'strict' }, 'privileged:latest', 'privileged:latest', 'privileged:latest'],
  [
    'a wrong version',
    { enforce: 'baseline', 'enforce-version': '1.30' },
    'baseline:latest',
    'privileged:latest',
    'baseline:latest',
  ],
])('%s', (_, short, enforce, audit, warn) => {
  const labels = Object.fromEntries(Object.entries(short).map(([name, value]) => [label(name), value]));
  const { policy } = policyOf(labels);
  expect([policy.enforce, policy.audit, policy.warn].map(standardText)).toEqual([enforce, audit, warn]);
});

it('says what is wrong', () => {
  const { errors } = policyOf({ [label('enforce')]: 'strict', [label('warn-version')]: 'v2.0' });
  expect(errors).toEqual([
    {
      type: 'invalid',
      field: 'metadata.labels[pod-security.kubernetes.io/enforce]',
      badValue: 'strict',
      detail: 'must be one of privileged, baseline, restricted',
    },
    {
      type: 'invalid',
      field: 'metadata.labels[pod-security.kubernetes.io/warn-version]',
      badValue: 'v2.0',
      detail: 'must be "latest" or "v1.x"',
    },
  ]);
});
