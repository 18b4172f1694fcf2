import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { Node, Taint } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { taintEffects } from '../pod/scheduling-validation.ts';

export const nodeRules: KindRules<Node> = {
  keepsStatusOnCreate: true,
  validate: ({ spec }) => validateTaints(spec.taints ?? [], 'spec.taints'),
  validateUpdate: ({ spec }, { spec: old }) => {
    const findings: FieldError[] = [];
    if (old.podCIDR && !(spec.podCIDR === old.podCIDR && deepEqual(spec.podCIDRs, old.podCIDRs))) {
      const text = 'node updates may not change podCIDR except from "" to valid';
      findings.push(forbiddenField('spec.podCIDRs', text));
    }
    if (old.providerID && spec.providerID !== old.providerID) {
      const text = 'node updates may not change providerID except from "" to valid';
      findings.push(forbiddenField('spec.providerID', text));
    }
    return findings;
  },
};

function validateTaints(taints: readonly Taint[], path: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap(({ key, value = '', effect }, i) => {
    const at = `${path}[${i}]`;
    const findings = qualifiedNameErrors(key ?? '').map((text) => invalidValue(`${at}.key`, key ?? '', text));
    findings.push(...labelValueErrors(value).map((text) => invalidValue(`${at}.value`, value, text)));
    if (!effect) findings.push(required(`${at}.effect`));
    else if (!taintEffects.includes(effect)) findings.push(notSupported(`${at}.effect`, effect, taintEffects));
    if (seen.has(`${effect}/${key}`)) findings.push(duplicateValue(at, { key, value, effect }));
    seen.add(`${effect}/${key}`);
    return findings;
  });
}
