import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../generated/flowcontrol-v1.ts';
import type { PriorityLevelConfiguration } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { mandatoryPriorityLevels, validateMandatory } from './mandatory-configuration.ts';
import { validateUniqueConditions } from './unique-condition-validation.ts';

const queueCountMax = 10_000_000;
/** Bits of the hash that shuffle sharding deals hands from. */
const hashBits = 60;
const enablements = ['Exempt', 'Limited'];
const responseTypes = ['Queue', 'Reject'];

export const priorityLevelConfigurationRules: KindRules<PriorityLevelConfiguration> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  validate: ({ metadata, spec, status }) => [
    ...validateSpec(metadata.name, spec),
    ...validateMandatory(mandatoryPriorityLevels, metadata.name, spec),
    ...validateUniqueConditions(status.conditions ?? [], 'status.conditions'),
  ],
  validateStatusUpdate: ({ status }) => validateUniqueConditions(status.conditions ?? [], 'status.conditions'),
};

function validateSpec(name: string, spec: PriorityLevelConfigurationSpec): FieldError[] {
  const { type = '', limited, exempt } = spec;
  const findings: FieldError[] = [];
  if ((name === 'exempt') !== (type === 'Exempt')) {
    findings.push(invalidValue('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'"));
  }
  switch (type) {
    case 'Exempt':
      if (limited) findings.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
      return [...findings, ...(exempt ? validateExempt(exempt, 'spec.exempt') : [])];
    case 'Limited':
      if (exempt) findings.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'));
      if (!limited) return [...findings, required('spec.limited', 'must not be empty when type is Limited')];
      return [...findings, ...validateLimited(limited, 'spec.limited')];
    default:
      return [...findings, notSupported('spec.type', type, enablements)];
  }
}

function validateExempt(exempt: ExemptPriorityLevelConfiguration, path: string): FieldError[] {
  const { nominalConcurrencyShares: shares = 0, lendablePercent } = exempt;
  return [
    ...(shares < 0 ? [invalidValue(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')] : []),
    ...validateLendable(lendablePercent, `${path}.lendablePercent`),
  ];
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, path: string): FieldError[] {
  const { nominalConcurrencyShares: shares = 0, lendablePercent, borrowingLimitPercent: borrowing } = limited;
  return [
    ...(shares < 0 ? [invalidValue(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')] : []),
    ...validateLimitResponse(limited.limitResponse ?? ({} as LimitResponse), `${path}.limitResponse`),
    ...validateLendable(lendablePercent, `${path}.lendablePercent`),
    ...(borrowing !== undefined && borrowing < 0
      ? [invalidValue(`${path}.borrowingLimitPercent`, borrowing, 'if specified, must be a non-negative integer')]
      : []),
  ];
}

function validateLendable(percent: number | undefined, field: string): FieldError[] {
  if (percent === undefined || (percent >= 0 && percent <= 100)) return [];
  return [invalidValue(field, percent, 'must be between 0 and 100, inclusive')];
}

function validateLimitResponse({ type = '', queuing }: LimitResponse, path: string): FieldError[] {
  switch (type) {
    case 'Reject':
      if (!queuing) return [];
      return [forbiddenField(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')];
    case 'Queue':
      if (queuing) return validateQueuing(queuing, `${path}.queuing`);
      return [required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')];
    default:
      return [notSupported(`${path}.type`, type, responseTypes)];
  }
}

function validateQueuing(
  { queueLengthLimit = 0, queues = 0, handSize = 0 }: QueuingConfiguration,
  path: string,
): FieldError[] {
  const findings: FieldError[] = [];
  if (queueLengthLimit <= 0) {
    findings.push(invalidValue(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  }
  if (queues <= 0) findings.push(invalidValue(`${path}.queues`, queues, 'must be positive'));
  else if (queues > queueCountMax) {
    findings.push(invalidValue(`${path}.queues`, queues, `must not be greater than ${queueCountMax}`));
  }
  if (handSize <= 0) findings.push(invalidValue(`${path}.handSize`, handSize, 'must be positive'));
  else if (handSize > queues) {
    findings.push(invalidValue(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`));
  } else if (entropyBits(queues, handSize) > hashBits) {
    const text = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`;
    findings.push(invalidValue(`${path}.handSize`, handSize, text));
  }
  return findings;
}

/** How many bits it takes to deal a hand of distinct cards out of a deck. */
function entropyBits(deckSize: number, handSize: number): number {
  return Math.ceil(Math.log2(deckSize) * handSize);
}
