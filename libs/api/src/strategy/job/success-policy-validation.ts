import { type FieldError, invalidValue, required, tooLong, tooMany } from '../../errors/field-error.ts';
import type { SuccessPolicy, SuccessPolicyRule } from '../../generated/kinds.ts';
import { validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { countIndexes, IndexIntervalsError } from './index-intervals.ts';

const ruleCountMax = 20;
const indexesLengthMax = 64 * 1024;

/** When an indexed job counts as done before all its indexes are. */
export function validateSuccessPolicy({ rules }: SuccessPolicy, completions: number, path: string): FieldError[] {
  const list = rules ?? [];
  const at = `${path}.rules`;
  const findings: FieldError[] = [];
  if (list.length === 0) {
    findings.push(required(at, 'at least one rules must be specified when the successPolicy is specified'));
  }
  if (list.length > ruleCountMax) findings.push(tooMany(at, list.length, ruleCountMax));
  return [...findings, ...list.flatMap((rule, i) => validateRule(rule, completions, `${at}[${i}]`))];
}

function validateRule(
  { succeededCount: count, succeededIndexes: indexes }: SuccessPolicyRule,
  completions: number,
  at: string,
): FieldError[] {
  const findings: FieldError[] = [];
  if (count === undefined && indexes === undefined) {
    findings.push(required(at, 'at least one of succeededCount or succeededIndexes must be specified'));
  }
  const { total, findings: indexFindings } = validateIndexes(indexes, completions, `${at}.succeededIndexes`);
  findings.push(...indexFindings);
  if (count === undefined) return findings;

  const field = `${at}.succeededCount`;
  findings.push(...validateNonNegative(count, field));
  if (count > completions) {
    const text = `must be less than or equal to ${completions} (the number of specified completions)`;
    findings.push(invalidValue(field, count, text));
  }
  if (indexes !== undefined && count > total) {
    const text = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
    findings.push(invalidValue(field, count, text));
  }
  return findings;
}

function validateIndexes(indexes: string | undefined, completions: number, field: string) {
  const findings: FieldError[] = [];
  if (indexes === undefined) return { total: 0, findings };
  if (indexes.length > indexesLengthMax) findings.push(tooLong(field, indexesLengthMax));
  try {
    return { total: countIndexes(indexes, completions), findings };
  } catch (error) {
    if (!(error instanceof IndexIntervalsError)) throw error;
    findings.push(invalidValue(field, indexes, `error parsing succeededIndexes: ${error.message}`));
    return { total: 0, findings };
  }
}
