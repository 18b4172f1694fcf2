import { type FieldError, invalidTexts, invalidValue, notSupported } from '../../errors/field-error.ts';
import type { Toleration } from '../../generated/kinds.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  return tolerations.flatMap((toleration, i) => {
    const at = `${path}[${i}]`;
    const { key, operator, effect, tolerationSeconds } = toleration;
    const findings: FieldError[] = [];
    if (key) findings.push(...invalidTexts(`${at}.key`, key, qualifiedNameErrors(key)));
    else if (operator !== 'Exists') {
      const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      findings.push(invalidValue(`${at}.operator`, operator ?? '', text));
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const text = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      findings.push(invalidValue(`${at}.effect`, effect ?? '', text));
    }
    findings.push(...validateOperator(toleration, `${at}.operator`));
    if (effect && !taintEffects.includes(effect)) findings.push(notSupported(`${at}.effect`, effect, taintEffects));
    return findings;
  });
}

function validateOperator({ operator, value = '' }: Toleration, field: string): FieldError[] {
  const texts = labelValueErrors(value);
  switch (operator) {
    case undefined:
    case '':
    case 'Equal':
      return texts.length > 0 ? [invalidValue(field, value, texts.join(';'))] : [];
    case 'Exists':
      return value ? [invalidValue(field, value, "value must be empty when `operator` is 'Exists'")] : [];
    default:
      return [notSupported(field, operator, ['Equal', 'Exists'])];
  }
}
