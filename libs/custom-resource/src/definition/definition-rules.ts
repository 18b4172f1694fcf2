import {
  type CustomResourceDefinition,
  type FieldError,
  invalidValue,
  type KindRules,
  type StrategyContext,
  validateImmutable,
} from '@orrery/api';
import { validateApproval } from './api-approval.ts';
import { conditionIsTrue, withCondition } from './definition-condition.ts';
import { validateNames } from './names-validation.ts';
import { validateSpec } from './spec-validation.ts';

/** Deletes the objects of a definition before it goes. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** The life of definitions themselves. */
export const definitionRules: KindRules<CustomResourceDefinition> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  allowsBareFinalizers: true,
  prepareForCreate: addStoredVersion,
  prepareForUpdate: addStoredVersion,
  prepareForDelete: beginCleanup,
  validate: (definition, old) => [
    ...validateName(definition),
    ...validateAll(definition),
    ...validateApproval(definition, old),
  ],
  validateUpdate: validateUnchanged,
  validateStatusUpdate: (definition) => validateNames(acceptedNames(definition), 'status.acceptedNames'),
};

/** The version in which objects are stored from now on. */
function addStoredVersion(definition: CustomResourceDefinition): void {
  const storage = definition.spec.versions?.find((version) => version.storage);
  const stored = definition.status.storedVersions ?? [];
  if (!storage || stored.includes(storage.name)) return;
  definition.status = { ...definition.status, storedVersions: [...stored, storage.name] };
}

/** The definition stays until its objects are gone. */
function beginCleanup(definition: CustomResourceDefinition, { now }: StrategyContext): void {
  const { metadata, status } = definition;
  const { finalizers = [] } = metadata;
  if (!finalizers.includes(cleanupFinalizer)) metadata.finalizers = [...finalizers, cleanupFinalizer];
  const conditions = withCondition(
    status.conditions ?? [],
    {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    },
    now,
  );
  definition.status = { ...status, conditions: [...conditions] };
}

function validateName({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  const { plural } = spec.names ?? {};
  if (metadata.name === `${plural}.${spec.group}`) return [];
  return [invalidValue('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')];
}

function validateAll(definition: CustomResourceDefinition): FieldError[] {
  return [
    ...validateSpec(definition.spec, 'spec'),
    ...validateNames(acceptedNames(definition), 'status.acceptedNames'),
    ...validateStoredVersions(definition),
    ...validatePreserving(definition),
  ];
}

function acceptedNames({ status }: CustomResourceDefinition) {
  return status.acceptedNames ?? { kind: '', plural: '' };
}

/** A version stays as long as objects may be stored in it. */
function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const path = 'status.storedVersions';
  const { storedVersions: stored = [] } = status;
  if (stored.length === 0) {
    return [invalidValue(path, status.storedVersions ?? null, 'must have at least one stored version')];
  }
  const versions = spec.versions ?? [];
  return [
    ...versions
      .filter(({ name, storage }) => storage && !stored.includes(name))
      .map(({ name }) => invalidValue(path, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, i) => {
      if (versions.some((version) => version.name === name)) return [];
      const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
      return [invalidValue(`${path}[${i}]`, name, detail)];
    }),
  ];
}

function validatePreserving({ spec }: CustomResourceDefinition): FieldError[] {
  if (!spec.preserveUnknownFields) return [];
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalidValue('spec.preserveUnknownFields', true, detail)];
}

/** What the place of the objects in storage, or the name of the definition, follows from. */
function validateUnchanged({ spec }: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const established = conditionIsTrue(old, 'Established');
  return [
    ...(established ? validateImmutable(spec.scope, old.spec.scope, 'spec.scope') : []),
    ...(established ? validateImmutable(spec.names.kind, old.spec.names.kind, 'spec.names.kind') : []),
    ...validateImmutable(spec.group, old.spec.group, 'spec.group'),
    ...validateImmutable(spec.names.plural, old.spec.names.plural, 'spec.names.plural'),
  ];
}
