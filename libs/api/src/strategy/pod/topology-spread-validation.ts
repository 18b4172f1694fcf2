import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { TopologySpreadConstraint } from '../../generated/kinds.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';

const actions = ['DoNotSchedule', 'ScheduleAnyway'];
const nodePolicies = ['Honor', 'Ignore'];
const positiveText = 'must be greater than zero';

export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[], path: string): FieldError[] {
  return constraints.flatMap((constraint, i) => {
    const at = `${path}[${i}]`;
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '' } = constraint;
    const findings = maxSkew > 0 ? [] : [invalidValue(`${at}.maxSkew`, maxSkew, positiveText)];
    if (topologyKey === '') findings.push(required(`${at}.topologyKey`, 'can not be empty'));
    if (!actions.includes(whenUnsatisfiable)) {
      findings.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions));
    }
    const repeated = constraints
      .slice(i + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeated) {
      const field = `${at}.{topologyKey, whenUnsatisfiable}`;
      findings.push(duplicateValue(field, `{${topologyKey}, ${whenUnsatisfiable}}`));
    }
    return [
      ...findings,
      ...validateMinDomains(constraint, `${at}.minDomains`),
      ...validateGivenChoice(constraint.nodeAffinityPolicy, nodePolicies, `${at}.nodeAffinityPolicy`),
      ...validateGivenChoice(constraint.nodeTaintsPolicy, nodePolicies, `${at}.nodeTaintsPolicy`),
      ...validateMatchLabelKeys(constraint, `${at}.matchLabelKeys`),
      ...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`),
    ];
  });
}

function validateMinDomains({ minDomains, whenUnsatisfiable }: TopologySpreadConstraint, field: string): FieldError[] {
  if (minDomains === undefined) return [];
  const findings = minDomains > 0 ? [] : [invalidValue(field, minDomains, positiveText)];
  if (whenUnsatisfiable === 'DoNotSchedule') return findings;
  const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  return [...findings, invalidValue(field, minDomains, text)];
}

/** The pod's own values have been added to the selector as expressions of one value: what else names the key is the client's. */
function validateMatchLabelKeys(
  { matchLabelKeys = [], labelSelector }: TopologySpreadConstraint,
  path: string,
): FieldError[] {
  if (matchLabelKeys.length === 0) return [];
  if (!labelSelector) return [forbiddenField(path, 'must not be specified when labelSelector is not set')];
  const expressions = (labelSelector.matchExpressions ?? []).map(({ key }) => key);
  return matchLabelKeys.flatMap((key, i) => {
    const at = `${path}[${i}]`;
    const times = expressions.filter((other) => other === key).length;
    const isSelected = key in (labelSelector.matchLabels ?? {}) || times > 1;
    const findings = invalidTexts(at, key, qualifiedNameErrors(key));
    return isSelected
      ? [...findings, invalidValue(at, key, 'exists in both matchLabelKeys and labelSelector')]
      : findings;
  });
}
