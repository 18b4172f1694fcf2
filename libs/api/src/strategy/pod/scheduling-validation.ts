import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { NodeSelector, NodeSelectorRequirement, PodSpec, Toleration } from '../../generated/kinds.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateSetOperator } from '../object-meta/label-selector-validation.ts';

export const taintEffects = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

/** What a pod says about the nodes that it may run on. */
export function validateScheduling(spec: PodSpec, path: string): FieldError[] {
  const nodeAffinity = spec.affinity?.nodeAffinity;
  const affinityPath = `${path}.affinity.nodeAffinity`;
  return [
    ...validateTolerations(spec.tolerations ?? [], `${path}.tolerations`),
    ...validateNodeSelector(
      nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
      `${affinityPath}.requiredDuringSchedulingIgnoredDuringExecution`,
    ),
    ...(nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ weight, preference }, i) => {
      const at = `${affinityPath}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      const findings = validateRequirements(preference?.matchExpressions ?? [], `${at}.preference.matchExpressions`);
      if (weight < 1 || weight > 100) findings.push(invalidValue(`${at}.weight`, weight, 'must be in the range 1-100'));
      return findings;
    }),
    ...validateSpread(spec, `${path}.topologySpreadConstraints`),
  ];
}

function validateTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  return tolerations.flatMap((toleration, i) => {
    const at = `${path}[${i}]`;
    const { key, operator, value, effect, tolerationSeconds } = toleration;
    const findings: FieldError[] = [];
    if (key) findings.push(...qualifiedNameErrors(key).map((text) => invalidValue(`${at}.key`, key, text)));
    else if (operator !== 'Exists') {
      findings.push(
        invalidValue(
          `${at}.operator`,
          operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      findings.push(
        invalidValue(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    }
    findings.push(...validateTolerationOperator(operator, value, at));
    if (effect && !taintEffects.includes(effect)) findings.push(notSupported(`${at}.effect`, effect, taintEffects));
    return findings;
  });
}

function validateTolerationOperator(operator: string | undefined, value: string | undefined, at: string): FieldError[] {
  switch (operator) {
    case undefined:
    case '':
    case 'Equal':
      return labelValueErrors(value ?? '').map((text) => invalidValue(`${at}.operator`, value, text));
    case 'Exists':
      return value ? [invalidValue(`${at}.operator`, operator, "value must be empty when `operator` is 'Exists'")] : [];
    default:
      return [notSupported(`${at}.operator`, operator, ['Equal', 'Exists'])];
  }
}

function validateNodeSelector(selector: NodeSelector | undefined, path: string): FieldError[] {
  if (!selector) return [];
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    return [required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')];
  }
  return terms.flatMap((term, i) => [
    ...validateRequirements(term.matchExpressions ?? [], `${path}.nodeSelectorTerms[${i}].matchExpressions`),
  ]);
}

function validateRequirements(requirements: readonly NodeSelectorRequirement[], path: string): FieldError[] {
  return requirements.flatMap(({ key, operator, values = [] }, i) => {
    const at = `${path}[${i}]`;
    const findings = qualifiedNameErrors(key ?? '').map((text) => invalidValue(`${at}.key`, key ?? '', text));
    if (operator !== 'Gt' && operator !== 'Lt') return [...findings, ...validateSetOperator(operator, values, at)];
    if (values.length !== 1) {
      findings.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    }
    return findings;
  });
}

function validateSpread(spec: PodSpec, path: string): FieldError[] {
  return (spec.topologySpreadConstraints ?? []).flatMap((constraint, i) => {
    const at = `${path}[${i}]`;
    const findings: FieldError[] = [];
    if (!(constraint.maxSkew > 0)) {
      findings.push(invalidValue(`${at}.maxSkew`, constraint.maxSkew ?? 0, 'must be greater than zero'));
    }
    if (!constraint.topologyKey) findings.push(required(`${at}.topologyKey`, 'can not be empty'));
    const actions = ['DoNotSchedule', 'ScheduleAnyway'];
    if (!actions.includes(constraint.whenUnsatisfiable)) {
      findings.push(notSupported(`${at}.whenUnsatisfiable`, constraint.whenUnsatisfiable ?? '', actions));
    }
    return findings;
  });
}
