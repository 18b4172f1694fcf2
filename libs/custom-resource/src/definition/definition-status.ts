import {
  type CustomResourceDefinition,
  type CustomResourceDefinitionNames,
  type CustomResourceDefinitionStatus,
  deepEqual,
  fieldErrorText,
} from '@orrery/api';
import { validateStructural } from '../schema/structural-validation.ts';
import { approvalCondition } from './api-approval.ts';
import { type ConditionState, conditionOf, withCondition, withoutCondition } from './definition-condition.ts';

/**
 * The status that a definition should have beside the others of the cluster: its accepted names, and what is to be said of it. The same
 * object where it is right already. `now`: as `metav1.Time`.
 */
export function definitionStatus(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinitionStatus {
  const { status } = definition;
  const { names: acceptedNames, condition } = acceptNames(definition, others);
  let conditions = withCondition(status.conditions ?? [], condition, now);
  conditions = withCondition(conditions, establishedCondition(definition, condition), now);
  const approval = approvalCondition(definition);
  if (approval) conditions = withCondition(conditions, approval, now);
  const structural = nonStructuralCondition(definition);
  conditions = structural
    ? withCondition(conditions, structural, now)
    : withoutCondition(conditions, 'NonStructuralSchema');
  const next = { ...status, acceptedNames, conditions: [...conditions] };
  return deepEqual(next, status) ? status : next;
}

/** Names are first come, first served within a group; what was accepted stays so. */
function acceptNames(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
): { names: CustomResourceDefinitionNames; condition: ConditionState } {
  const { metadata, spec, status } = definition;
  const rivals = others.filter((other) => other.metadata.name !== metadata.name && other.spec.group === spec.group);
  const taken = takenNames(rivals.map((rival) => claimedNames(rival, definition)));
  const wanted = spec.names;
  const accepted = status.acceptedNames ?? { kind: '', plural: '' };
  const names: CustomResourceDefinitionNames = { ...accepted };
  let conflict: { reason: string; message: string } | undefined;
  const settle = (reason: string, used: readonly string[], take: () => void) => {
    if (used.length === 0) return take();
    const texts = [...new Set(used)].map((name) => `${JSON.stringify(name)} is already in use`);
    conflict = { reason, message: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]` };
  };
  const used = (name: string | undefined, own: string | undefined, set: ReadonlySet<string>) =>
    name !== own && name !== undefined && set.has(name) ? [name] : [];
  settle('PluralConflict', used(wanted.plural, accepted.plural, taken.resources), () => {
    names.plural = wanted.plural;
  });
  settle('SingularConflict', used(wanted.singular, accepted.singular, taken.resources), () => {
    setOrDelete(names, 'singular', wanted.singular);
  });
  const newShortNames = (wanted.shortNames ?? []).filter((name) => !accepted.shortNames?.includes(name));
  settle(
    'ShortNamesConflict',
    newShortNames.filter((name) => taken.resources.has(name)),
    () => setOrDelete(names, 'shortNames', wanted.shortNames),
  );
  settle('KindConflict', used(wanted.kind, accepted.kind, taken.kinds), () => {
    names.kind = wanted.kind;
  });
  settle('ListKindConflict', used(wanted.listKind, accepted.listKind, taken.kinds), () => {
    setOrDelete(names, 'listKind', wanted.listKind);
  });
  setOrDelete(names, 'categories', wanted.categories);
  const type = 'NamesAccepted';
  return {
    names,
    condition: conflict
      ? { type, status: 'False', ...conflict }
      : { type, status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
  };
}

/** The older of two definitions goes first. */
export function byAge({ metadata: a }: CustomResourceDefinition, { metadata: b }: CustomResourceDefinition): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** What was accepted; of an older definition that nobody has looked at yet, what it wants: several servers accept names at once. */
function claimedNames(
  rival: CustomResourceDefinition,
  definition: CustomResourceDefinition,
): CustomResourceDefinitionNames | undefined {
  const isUnseen = conditionOf(rival, 'NamesAccepted') === undefined;
  return isUnseen && byAge(rival, definition) < 0 ? rival.spec.names : rival.status?.acceptedNames;
}

function takenNames(claims: readonly (CustomResourceDefinitionNames | undefined)[]): {
  resources: Set<string>;
  kinds: Set<string>;
} {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { plural, singular, shortNames = [], kind, listKind } of claims.filter((names) => names !== undefined)) {
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}

function setOrDelete<K extends 'singular' | 'shortNames' | 'listKind' | 'categories'>(
  names: CustomResourceDefinitionNames,
  field: K,
  value: CustomResourceDefinitionNames[K],
): void {
  if (value === undefined) delete names[field];
  else names[field] = value;
}

/** Once established a definition stays so, whatever becomes of its names. */
function establishedCondition(definition: CustomResourceDefinition, names: ConditionState): ConditionState {
  const old = conditionOf(definition, 'Established');
  const type = 'Established';
  if (old?.status === 'True') {
    return { type, status: 'True', reason: old.reason ?? '', message: old.message ?? '' };
  }
  return names.status === 'True'
    ? { type, status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }
    : { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}

/** Definitions are looked at whenever any of them changes. */
const structuralProblems = new WeakMap<
  CustomResourceDefinition['spec'],
  { readonly state: ConditionState | undefined }
>();

function nonStructuralCondition({ spec }: CustomResourceDefinition): ConditionState | undefined {
  const known = structuralProblems.get(spec) ?? { state: findNonStructural(spec) };
  structuralProblems.set(spec, known);
  return known.state;
}

function findNonStructural(spec: CustomResourceDefinition['spec']): ConditionState | undefined {
  for (const [i, { schema }] of spec.versions.entries()) {
    if (!schema?.openAPIV3Schema) continue;
    const errors = validateStructural(schema.openAPIV3Schema, `spec.versions[${i}].schema.openAPIV3Schema`);
    if (errors.length === 0) continue;
    const texts = errors.map(fieldErrorText);
    const message = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
    return { type: 'NonStructuralSchema', status: 'True', reason: 'Violations', message };
  }
  return undefined;
}
