import type { ApiError } from '../errors/api-error.ts';
import { applyConflict } from '../errors/api-errors.ts';
import { FieldSet } from './field-set.ts';
import type { ManagerIdentity } from './managers.ts';
import { type FieldPath, pathText } from './path-element.ts';

/** A field that the applied object would take from another manager. */
export interface ApplyConflict {
  readonly manager: ManagerIdentity;
  readonly path: FieldPath;
}

/** An apply without `force` would take fields from other managers. */
export class ApplyConflictsError extends Error {
  override readonly name = 'ApplyConflictsError';

  /** Grouped by manager. */
  constructor(readonly conflicts: readonly ApplyConflict[]) {
    super('the applied fields belong to other managers');
  }

  get fields(): FieldSet {
    return FieldSet.of(...this.conflicts.map(({ path }) => path));
  }

  /** The error without the conflicts about these fields. */
  without(fields: FieldSet): ApplyConflictsError {
    return new ApplyConflictsError(this.conflicts.filter(({ path }) => !fields.has(path)));
  }

  toApiError(): ApiError {
    const causes = this.conflicts.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${managerText(manager)}`,
      field: pathText(path),
    }));
    return applyConflict(causes, this.summary());
  }

  private summary(): string {
    const [first, ...more] = this.conflicts;
    if (first !== undefined && more.length === 0) {
      return `Apply failed with 1 conflict: conflict with ${managerText(first.manager)}: ${pathText(first.path)}`;
    }
    const lines = new Map<ManagerIdentity, string[]>();
    for (const { manager, path } of this.conflicts) {
      const known = lines.get(manager) ?? [`conflicts with ${managerText(manager)}:`];
      lines.set(manager, [...known, `- ${pathText(path)}`]);
    }
    return `Apply failed with ${this.conflicts.length} conflicts: ${[...lines.values()].flat().join('\n')}`;
  }
}

function managerText({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  const where = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  const version = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(manager)}${where}${version}`;
}
