import { type FieldError, invalidValue } from '../../errors/field-error.ts';
import type {
  FlowSchemaSpec,
  PriorityLevelConfigurationSpec,
  ResourcePolicyRule,
  Subject,
} from '../../generated/flowcontrol-v1.ts';
import { deepEqual } from '../../object/deep-equal.ts';

const anyResource: ResourcePolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  clusterScope: true,
  namespaces: ['*'],
};
const anyPath = { verbs: ['*'], nonResourceURLs: ['*'] };
const groupSubject = (name: string): Subject => ({ kind: 'Group', group: { name } });

/** Flow schemas that every cluster has, as they are: requests of administrators, and those that no other schema takes. */
export const mandatoryFlowSchemas: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: {
    matchingPrecedence: 1,
    priorityLevelConfiguration: { name: 'exempt' },
    rules: [{ subjects: [groupSubject('system:masters')], resourceRules: [anyResource], nonResourceRules: [anyPath] }],
  },
  'catch-all': {
    matchingPrecedence: 10_000,
    priorityLevelConfiguration: { name: 'catch-all' },
    distinguisherMethod: { type: 'ByUser' },
    rules: [
      {
        subjects: [groupSubject('system:unauthenticated'), groupSubject('system:authenticated')],
        resourceRules: [anyResource],
        nonResourceRules: [anyPath],
      },
    ],
  },
};

/** Of `exempt` only the type is fixed: its shares may be set. */
export const mandatoryPriorityLevels: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  'catch-all': {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  },
};

/** `fixed`: the specs of mandatory objects by name. An object of such a name must have that spec. */
export function validateMandatory<Spec>(fixed: Readonly<Record<string, Spec>>, name: string, spec: Spec): FieldError[] {
  const expected = fixed[name];
  if (!expected || deepEqual(spec, expected)) return [];
  return [invalidValue('spec', spec, `spec of '${name}' must equal the fixed value`)];
}
