import { FieldSet } from './field-set.ts';
import { childSchema, deducedMergeSchema, type MergeSchema } from './merge-schema.ts';
import type { PathElement } from './path-element.ts';

/** The set with the declared fields on the way to its paths: who owns `spec.replicas` counts as an owner of `spec`. */
export function withNamedFields(schema: MergeSchema, set: FieldSet): FieldSet {
  const result = new FieldSet();
  for (const element of set.members) result.members.add(element);
  for (const [element, branch] of set.children) {
    if (isDeclared(schema, element)) result.members.add(element);
    result.attach(element, withNamedFields(schemaBelow(schema, element), branch));
  }
  return result;
}

/** The set as it would be, had the schema always been this one: what has become atomic is owned as a whole. */
export function reconcileWithSchema(schema: MergeSchema, set: FieldSet): FieldSet {
  let changed = false;
  const result = new FieldSet();
  for (const element of set.members) result.members.add(element);
  for (const [element, branch] of set.children) {
    const below = schemaBelow(schema, element);
    if (isAtomic(below)) {
      result.members.add(element);
      changed = true;
      continue;
    }
    const reconciled = reconcileWithSchema(below, branch);
    if (reconciled !== branch) changed = true;
    result.attach(element, reconciled);
  }
  return changed ? result : set;
}

function isDeclared(schema: MergeSchema, element: PathElement): boolean {
  return schema.kind === 'map' && element.startsWith('f:') && schema.field(element.slice(2)) !== undefined;
}

function isAtomic(schema: MergeSchema): boolean {
  return (schema.kind === 'map' && schema.atomic) || (schema.kind === 'list' && schema.listType === 'atomic');
}

function schemaBelow(schema: MergeSchema, element: PathElement): MergeSchema {
  if (schema.kind === 'map' && element.startsWith('f:')) return childSchema(schema, element.slice(2));
  if (schema.kind === 'list' && element.startsWith('k:')) return schema.items;
  return deducedMergeSchema;
}
