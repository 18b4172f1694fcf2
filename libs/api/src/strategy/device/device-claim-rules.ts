import { type FieldError, forbiddenField, invalidTexts, required } from '../../errors/field-error.ts';
import type { DeviceClass, ResourceClaim, ResourceClaimTemplate } from '../../generated/kinds.ts';
import type { AllocationResult, ResourceClaimConsumerReference } from '../../generated/resource-v1.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { validateChoice } from '../choice-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateAnnotations, validateImmutable, validateLabels } from '../object-meta/object-meta-validation.ts';
import { validateNodeSelector } from '../pod/node-selector-validation.ts';
import { isExtendedResource } from '../resource-amounts/resource-names.ts';
import { validateList, validateSet } from './bounded-list-validation.ts';
import {
  requestNamesOf,
  validateConfiguration,
  validateDeviceClaim,
  validateReferences,
  validateRequestReference,
  validateSelectors,
} from './device-claim-validation.ts';
import { validateBindingConditions, validateDeviceStatuses, validateIdentity } from './device-status-validation.ts';

const configCountMax = 32;
const consumerCountMax = 256;
const resultCountMax = 32;

export const resourceClaimRules: KindRules<ResourceClaim> = {
  validate: ({ spec }, old) => (old ? [] : validateDeviceClaim(spec.devices ?? {}, 'spec.devices')),
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
  validateStatusUpdate: (claim, old) => [
    ...validateSet(
      claim.status.reservedFor ?? [],
      consumerCountMax,
      'status.reservedFor',
      ({ uid }) => uid,
      validateConsumer,
    ),
    ...validateDeviceStatuses(claim.status.devices ?? [], claim.status.allocation, 'status.devices'),
    ...validateReservation(claim, old),
    ...validateAllocation(claim, old.status.allocation),
  ],
};

export const resourceClaimTemplateRules: KindRules<ResourceClaimTemplate> = {
  validate: ({ spec }, old) =>
    old
      ? []
      : [
          ...validateLabels(spec.metadata?.labels, 'spec.metadata.labels'),
          ...validateAnnotations(spec.metadata?.annotations, 'spec.metadata.annotations'),
          ...validateDeviceClaim(spec.spec?.devices ?? {}, 'spec.spec.devices'),
        ],
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
};

export const deviceClassRules: KindRules<DeviceClass> = {
  countsGenerations: true,
  validate: ({ spec }) => {
    const { extendedResourceName: resource } = spec;
    return [
      ...validateSelectors(spec.selectors ?? [], 'spec.selectors'),
      ...validateList(spec.config ?? [], configCountMax, 'spec.config', validateConfiguration),
      ...(resource !== undefined && !isExtendedResource(resource)
        ? invalidTexts('spec.extendedResourceName', resource, ['must be a valid extended resource name'])
        : []),
    ];
  },
};

function validateConsumer(consumer: ResourceClaimConsumerReference, at: string): FieldError[] {
  return (['resource', 'name', 'uid'] as const).flatMap((name) => (consumer[name] ? [] : [required(`${at}.${name}`)]));
}

/** A claim is reserved once it is allocated; one that is on its way out is reserved for nobody new. */
function validateReservation({ metadata, status }: ResourceClaim, { status: old }: ResourceClaim): FieldError[] {
  const consumers = status.reservedFor ?? [];
  const field = 'status.reservedFor';
  if (consumers.length === 0) return [];
  if (!status.allocation) return [forbiddenField(field, 'may not be specified when `allocated` is not set')];
  const added = consumers.some((consumer) => !(old.reservedFor ?? []).some((other) => deepEqual(other, consumer)));
  if (!metadata.deletionTimestamp || !added) return [];
  const text = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [forbiddenField(field, text)];
}

function validateAllocation({ spec, status }: ResourceClaim, old: AllocationResult | undefined): FieldError[] {
  const { allocation } = status;
  if (!allocation) return [];
  if (old) return validateImmutable(allocation, old, 'status.allocation');
  const names = requestNamesOf(spec.devices ?? {});
  const path = 'status.allocation.devices';
  return [
    ...validateList(allocation.devices?.results ?? [], resultCountMax, `${path}.results`, (result, at) => [
      ...validateRequestReference(result.request ?? '', names, `${at}.request`),
      ...validateIdentity(result, at),
      ...validateBindingConditions(result, at),
    ]),
    ...validateList(allocation.devices?.config ?? [], 2 * configCountMax, `${path}.config`, (config, at) => [
      ...validateChoice(config.source, ['FromClaim', 'FromClass'], `${at}.source`),
      ...validateReferences(config.requests ?? [], names, `${at}.requests`),
      ...validateConfiguration(config, at),
    ]),
    ...(allocation.nodeSelector ? validateNodeSelector(allocation.nodeSelector, 'status.allocation.nodeSelector') : []),
  ];
}
