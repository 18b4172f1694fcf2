import { described } from '../generated/column-descriptions.ts';
import type {
  FlowSchema,
  PriorityLevelConfiguration,
  ResourceClaim,
  ResourceSlice,
  StorageVersion,
  StorageVersionMigration,
} from '../generated/kinds.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { ageColumn, columnPrinter, joinFirst, nameColumn, numberColumn, type Printer, textColumn } from './printer.ts';

const none = '<none>';

export const flowSchemaPrinter: Printer = {
  ...columnPrinter<FlowSchema>(
    nameColumn,
    textColumn(
      'PriorityLevel',
      described['api.flowcontrol.v1.PriorityLevelConfigurationReference.name'],
      ({ spec }) => spec.priorityLevelConfiguration?.name,
    ),
    numberColumn(
      'MatchingPrecedence',
      described['api.flowcontrol.v1.FlowSchemaSpec.matchingPrecedence'],
      ({ spec }) => spec.matchingPrecedence,
      'string',
    ),
    textColumn(
      'DistinguisherMethod',
      described['api.flowcontrol.v1.FlowSchemaSpec.distinguisherMethod'],
      ({ spec }) => spec.distinguisherMethod?.type,
      none,
    ),
    ageColumn,
    textColumn(
      'MissingPL',
      'references a broken or non-existent PriorityLevelConfiguration',
      ({ status }) => status.conditions?.find(({ type }) => type === 'Dangling')?.status,
      '?',
    ),
  ),
  sort: (objects) => [...(objects as readonly FlowSchema[])].sort(byPrecedence),
};

export const priorityLevelConfigurationPrinter = columnPrinter<PriorityLevelConfiguration>(
  nameColumn,
  textColumn('Type', described['api.flowcontrol.v1.PriorityLevelConfigurationSpec.type'], ({ spec }) => spec.type),
  numberOrNone(
    'NominalConcurrencyShares',
    described['api.flowcontrol.v1.LimitedPriorityLevelConfiguration.nominalConcurrencyShares'],
    ({ limited }) => limited?.nominalConcurrencyShares,
  ),
  numberOrNone(
    'Queues',
    described['api.flowcontrol.v1.QueuingConfiguration.queues'],
    ({ limited }) => limited?.limitResponse?.queuing?.queues,
  ),
  numberOrNone(
    'HandSize',
    described['api.flowcontrol.v1.QueuingConfiguration.handSize'],
    ({ limited }) => limited?.limitResponse?.queuing?.handSize,
  ),
  numberOrNone(
    'QueueLengthLimit',
    described['api.flowcontrol.v1.QueuingConfiguration.queueLengthLimit'],
    ({ limited }) => limited?.limitResponse?.queuing?.queueLengthLimit,
  ),
  ageColumn,
);

export const storageVersionPrinter = columnPrinter<StorageVersion>(
  nameColumn,
  textColumn(
    'CommonEncodingVersion',
    described['api.apiserverinternal.v1alpha1.StorageVersionStatus.commonEncodingVersion'],
    ({ status }) => status.commonEncodingVersion,
    '<unset>',
  ),
  textColumn(
    'StorageVersions',
    described['api.apiserverinternal.v1alpha1.StorageVersionStatus.storageVersions'],
    ({ status }) =>
      joinFirst(
        (status.storageVersions ?? []).map(
          ({ apiServerID, encodingVersion }) => `${apiServerID ?? ''}=${encodingVersion ?? ''}`,
        ),
        3,
        '<unset>',
      ),
  ),
  ageColumn,
);

export const storageVersionMigrationPrinter = columnPrinter<StorageVersionMigration>(
  { ...nameColumn, format: undefined },
  textColumn(
    'Resource',
    'Fully qualified resource to migrate',
    ({ spec: { resource } }) => `${resource?.resource ?? ''}.${resource?.group ?? ''}`,
  ),
);

export const resourceClaimPrinter = columnPrinter<ResourceClaim>(
  nameColumn,
  textColumn('State', 'A summary of the current state (allocated, pending, reserved, etc.).', claimState),
  ageColumn,
);

export const resourceSlicePrinter = columnPrinter<ResourceSlice>(
  nameColumn,
  textColumn('Node', described['api.resource.v1.ResourceSliceSpec.nodeName'], ({ spec }) => spec.nodeName),
  textColumn('Driver', described['api.resource.v1.ResourceSliceSpec.driver'], ({ spec }) => spec.driver),
  textColumn('Pool', described['api.resource.v1.ResourcePool.name'], ({ spec }) => spec.pool?.name),
  ageColumn,
);

/** Kinds of which only name and age are shown. */
export const nameAndAgePrinter = columnPrinter<ApiObject>(nameColumn, ageColumn);

function numberOrNone(
  name: string,
  description: string,
  number: (spec: PriorityLevelConfiguration['spec']) => number | undefined,
) {
  return {
    name,
    type: 'string' as const,
    description,
    cell: ({ spec }: PriorityLevelConfiguration) => number(spec) ?? none,
  };
}

function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const precedence = (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0);
  return precedence || (a.metadata.name < b.metadata.name ? -1 : 1);
}

function claimState({ metadata, status }: ResourceClaim): string {
  const deleted = metadata.deletionTimestamp ? ['deleted'] : [];
  if (!status.allocation) return deleted[0] ?? 'pending';
  return [...deleted, 'allocated', ...(status.reservedFor?.length ? ['reserved'] : [])].join(',');
}
