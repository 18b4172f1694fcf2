import { type FieldError, forbiddenField, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { Affinity, LabelSelector, PodAffinityTerm } from '../../generated/kinds.ts';
import { dnsLabelErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateWeight } from './node-selector-validation.ts';

export function validatePodAffinities(affinity: Affinity | undefined, path: string): FieldError[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const requiredPath = `${path}.${kind}.requiredDuringSchedulingIgnoredDuringExecution`;
    const preferredPath = `${path}.${kind}.preferredDuringSchedulingIgnoredDuringExecution`;
    const terms = affinity?.[kind];
    return [
      ...(terms?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, i) =>
        validateTerm(term, `${requiredPath}[${i}]`),
      ),
      ...(terms?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ weight, podAffinityTerm }, i) => [
        ...validateWeight(weight, `${preferredPath}[${i}].weight`),
        ...validateTerm(podAffinityTerm ?? { topologyKey: '' }, `${preferredPath}[${i}].podAffinityTerm`),
      ]),
    ];
  });
}

function validateTerm(term: PodAffinityTerm, path: string): FieldError[] {
  const { topologyKey = '' } = term;
  return [
    ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
    ...(term.namespaces ?? []).flatMap((name) => invalidTexts(`${path}.namespace`, name, dnsLabelErrors(name))),
    ...validateLabelKeys(term, path),
    ...(topologyKey === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []),
    ...invalidTexts(`${path}.topologyKey`, topologyKey, qualifiedNameErrors(topologyKey)),
  ];
}

/** Label keys whose values the pod itself gives: each in one list only, and not also in the selector. */
function validateLabelKeys(term: PodAffinityTerm, path: string): FieldError[] {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const findings = [
    ...validateKeys(matchLabelKeys, labelSelector, `${path}.matchLabelKeys`),
    ...validateKeys(mismatchLabelKeys, labelSelector, `${path}.mismatchLabelKeys`),
  ];
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    // The pod's own value has been added to the selector as one expression: a second one is the client's.
    if (matchLabelKeys.includes(key) && selected.has(key)) {
      const text = 'exists in both matchLabelKeys and labelSelector';
      findings.push(invalidValue(`${path}[${matchLabelKeys.lastIndexOf(key)}]`, key, text));
    }
    selected.add(key);
  }
  for (const [i, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    const text = 'exists in both matchLabelKeys and mismatchLabelKeys';
    findings.push(invalidValue(`${path}.matchLabelKeys[${i}]`, key, text));
  }
  return findings;
}

function validateKeys(keys: readonly string[], selector: LabelSelector | undefined, path: string): FieldError[] {
  if (keys.length === 0) return [];
  if (!selector) return [forbiddenField(path, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => invalidTexts(`${path}[${i}]`, key, qualifiedNameErrors(key)));
}
