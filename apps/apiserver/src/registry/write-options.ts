import { type FieldError, forbiddenField, invalid, invalidValue, notSupported, required, tooLong } from '@orrery/api';
import { fieldManagerBytesMax, isPrintable } from './field-manager-name.ts';
import type { ResourceContext } from './resource-context.ts';

/** What a write's options are checked as. */
export type WriteOptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'ApplyOptions';

/** Throws `Invalid` for options in the query that upstream does not take. `ApplyOptions` are the `PatchOptions` of an apply. */
export function checkWriteOptions({ request }: ResourceContext, kind: WriteOptionsKind): void {
  const { query } = request;
  const manager = query.get('fieldManager') ?? '';
  const findings: FieldError[] = [];
  if (kind === 'PatchOptions' && query.has('force')) {
    findings.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  }
  if (kind === 'ApplyOptions' && manager === '') findings.push(required('fieldManager', 'is required for apply patch'));
  findings.push(
    ...fieldManagerErrors(manager),
    ...dryRunErrors(query.getAll('dryRun')),
    ...fieldValidationErrors(query.get('fieldValidation') ?? ''),
  );
  if (findings.length === 0) return;
  const optionsKind = kind === 'ApplyOptions' ? 'PatchOptions' : kind;
  throw invalid({ group: 'meta.k8s.io', kind: optionsKind }, '', findings);
}

function fieldManagerErrors(manager: string): FieldError[] {
  const findings: FieldError[] = [];
  if (Buffer.byteLength(manager) > fieldManagerBytesMax) findings.push(tooLong('fieldManager', fieldManagerBytesMax));
  let position = 0;
  for (const character of manager) {
    if (!isPrintable(character)) {
      const detail = `invalid character ${unicodeText(character)} (at position ${position})`;
      findings.push(invalidValue('fieldManager', manager, detail));
    }
    position += Buffer.byteLength(character);
  }
  return findings;
}

function dryRunErrors(values: readonly string[]): FieldError[] {
  const given = values.filter((value) => value !== '');
  return given.every((value) => value === 'All') ? [] : [notSupported('dryRun', given, ['All'])];
}

function fieldValidationErrors(value: string): FieldError[] {
  const known = ['', 'Ignore', 'Strict', 'Warn'];
  return known.includes(value) ? [] : [notSupported('fieldValidation', value, known)];
}

/** Go's `%#U` of what is not printable. */
function unicodeText(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
