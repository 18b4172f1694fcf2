import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { LabelSelector, PodTemplateSpec } from '../../generated/kinds.ts';
import { labelSelectorMatcher } from '../../selectors/label-selector.ts';
import { SelectorError } from '../../selectors/selector-error.ts';
import { isEmptySelector, validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateAnnotations, validateLabels } from '../object-meta/object-meta-validation.ts';
import { validatePodAnnotations } from '../pod/pod-annotations-validation.ts';
import { validatePodSpec } from '../pod/pod-spec-validation.ts';
import { validateProfilesMatch } from '../pod/security-profile-validation.ts';

/** A template as every controller of pods has it. */
export function validatePodTemplate(template: PodTemplateSpec | undefined, path: string): FieldError[] {
  if (!template) return [required(path)];
  const { metadata, spec } = template;
  const findings = [
    ...validateLabels(metadata?.labels, `${path}.labels`),
    ...validateAnnotations(metadata?.annotations, `${path}.annotations`),
  ];
  if (!spec) return [...findings, required(`${path}.spec`)];
  findings.push(...validatePodAnnotations(metadata?.annotations, spec, `${path}.annotations`));
  findings.push(...validatePodSpec(spec, `${path}.spec`));
  findings.push(...validateProfilesMatch(metadata, spec, `${path}.spec`));
  if ((spec.ephemeralContainers?.length ?? 0) > 0) {
    const text = 'ephemeral containers not allowed in pod template';
    findings.push(forbiddenField(`${path}.spec.ephemeralContainers`, text));
  }
  return findings;
}

/** A template whose pods are kept running: its pods carry the selector's labels and restart always. */
export function validateRunningPodTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  kind: string,
): FieldError[] {
  const path = 'spec.template';
  if (!template) return [required(path)];
  const findings = validateSelected(template, selector, path);
  findings.push(...validatePodTemplate(template, path));
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy && restartPolicy !== 'Always') {
    findings.push(notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const text = `activeDeadlineSeconds in ${kind} is not Supported`;
    findings.push(forbiddenField(`${path}.spec.activeDeadlineSeconds`, text));
  }
  return findings;
}

/** The selector of a controller: there, well-formed and not empty. `noun` as upstream's text names it. */
export function validateControllerSelector(selector: LabelSelector | undefined, noun: string): FieldError[] {
  if (!selector) return [required('spec.selector')];
  const findings = validateLabelSelector(selector, 'spec.selector');
  if (isEmptySelector(selector)) {
    findings.push(invalidValue('spec.selector', selector, `empty selector is invalid for ${noun}`));
  }
  return findings;
}

function validateSelected(template: PodTemplateSpec, selector: LabelSelector | undefined, path: string): FieldError[] {
  if (selector && isEmptySelector(selector)) return [];
  const labels = template.metadata?.labels ?? {};
  // A selector that is missing selects nothing.
  if (selector && selects(selector, labels) !== false) return [];
  return [invalidValue(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`')];
}

/** `undefined` for a malformed selector, which is reported elsewhere. */
export function selects(selector: LabelSelector, labels: Record<string, string>): boolean | undefined {
  try {
    return labelSelectorMatcher(selector).matches(labels);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
