import { duplicateValue, type FieldError, invalidTexts, required, tooMany } from '../../errors/field-error.ts';
import type { MatchCondition } from '../../generated/admissionregistration-v1.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';

const conditionCountMax = 64;

/** The shape of conditions; whether their expressions compile is judged where CEL is known. */
export function validateMatchConditions(conditions: readonly MatchCondition[], path: string): FieldError[] {
  const names = conditions.map(({ name = '' }) => name);
  return [
    ...(conditions.length > conditionCountMax ? [tooMany(path, conditions.length, conditionCountMax)] : []),
    ...conditions.flatMap(({ expression = '', name = '' }, i) => {
      const at = `${path}[${i}]`;
      return [
        ...(expression.trim() === '' ? [required(`${at}.expression`)] : []),
        ...(name === '' ? [required(`${at}.name`)] : invalidTexts(`${at}.name`, name, qualifiedNameErrors(name))),
        ...(name !== '' && names.indexOf(name) < i ? [duplicateValue(`${at}.name`, name)] : []),
      ];
    }),
  ];
}
