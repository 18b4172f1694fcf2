import { duplicateValue, type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { CSIDriver } from '../../generated/kinds.ts';
import type { TokenRequest } from '../../generated/storage-v1.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';

const groupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const lifecycleModes = ['Persistent', 'Ephemeral'];
const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;
const updatePeriodSecondsMin = 10;
const changeableFields = [
  'podInfoOnMount',
  'storageCapacity',
  'fsGroupPolicy',
  'tokenRequests',
  'requiresRepublish',
  'seLinuxMount',
  'nodeAllocatableUpdatePeriodSeconds',
] as const;

export const csiDriverRules: KindRules<CSIDriver> = {
  allowsUnconditionalUpdate: false,
  prepareForUpdate: ({ spec, metadata }, old) => {
    const changed = changeableFields.some((name) => !deepEqual(spec[name], old.spec[name]));
    if (changed) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: ({ spec }) => {
    const period = spec.nodeAllocatableUpdatePeriodSeconds;
    return [
      // Upstream's path of this field has a d too many.
      ...(spec.attachRequired === undefined ? [required('spec.attachedRequired')] : []),
      ...(spec.podInfoOnMount === undefined ? [required('spec.podInfoOnMount')] : []),
      ...(spec.storageCapacity === undefined ? [required('spec.storageCapacity')] : []),
      ...validateGivenChoice(spec.fsGroupPolicy, groupPolicies, 'spec.fsGroupPolicy'),
      ...validateTokenRequests(spec.tokenRequests ?? [], 'spec.tokenRequests'),
      ...(spec.volumeLifecycleModes ?? [])
        .filter((mode) => !lifecycleModes.includes(mode))
        .map((mode) => notSupported('spec.volumeLifecycleModes', mode, lifecycleModes)),
      ...(spec.seLinuxMount === undefined ? [required('spec.seLinuxMount')] : []),
      ...(period !== undefined && period < updatePeriodSecondsMin
        ? [
            invalidValue(
              'spec.nodeAllocatableUpdatePeriodSeconds',
              period,
              `must be greater than or equal to ${updatePeriodSecondsMin} seconds`,
            ),
          ]
        : []),
    ];
  },
  validateUpdate: ({ spec }, old) => [
    ...validateImmutable(spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired'),
    ...validateImmutable(spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
  ],
};

function validateTokenRequests(requests: readonly TokenRequest[], path: string): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, i) => {
    if (audiences.has(audience)) return [duplicateValue(`${path}[${i}].audience`, audience)];
    audiences.add(audience);
    const field = `${path}[${i}].expirationSeconds`;
    if (seconds !== undefined && seconds < tokenSecondsMin) {
      return [invalidValue(field, seconds, 'may not specify a duration less than 10 minutes')];
    }
    if (seconds !== undefined && seconds > tokenSecondsMax) {
      return [invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
    }
    return [];
  });
}
