import { described } from '../generated/column-descriptions.ts';
import type {
  ConfigMap,
  Event,
  eventsV1,
  Namespace,
  PriorityClass,
  ResourceQuota,
  Secret,
  ServiceAccount,
} from '../generated/kinds.ts';
import { ageOf } from './human-duration.ts';
import { ageColumn, columnPrinter, flagColumn, nameColumn, numberColumn, textColumn, wide } from './printer.ts';

export const namespacePrinter = columnPrinter<Namespace>(
  nameColumn,
  textColumn('Status', 'The status of the namespace', ({ status }) => status.phase),
  ageColumn,
);

export const configMapPrinter = columnPrinter<ConfigMap>(
  nameColumn,
  numberColumn(
    'Data',
    described['api.core.v1.ConfigMap.data'],
    ({ data, binaryData }) => count(data) + count(binaryData),
    'string',
  ),
  ageColumn,
);

export const secretPrinter = columnPrinter<Secret>(
  nameColumn,
  textColumn('Type', described['api.core.v1.Secret.type'], ({ type }) => type),
  numberColumn('Data', described['api.core.v1.Secret.data'], ({ data }) => count(data), 'string'),
  ageColumn,
);

export const serviceAccountPrinter = columnPrinter<ServiceAccount>(
  nameColumn,
  numberColumn('Secrets', described['api.core.v1.ServiceAccount.secrets'], ({ secrets }) => secrets?.length, 'string'),
  ageColumn,
);

export const eventPrinter = columnPrinter<Event>(
  textColumn('Last Seen', described['api.core.v1.Event.lastTimestamp'], lastSeen),
  textColumn('Type', described['api.core.v1.Event.type'], ({ type }) => type),
  textColumn('Reason', described['api.core.v1.Event.reason'], ({ reason }) => reason),
  textColumn('Object', described['api.core.v1.Event.involvedObject'], (event) => {
    const { kind = '', name } = regardingOf(event);
    return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
  }),
  wide(
    textColumn(
      'Subobject',
      described['api.core.v1.ObjectReference.fieldPath'],
      (event) => regardingOf(event).fieldPath,
    ),
  ),
  wide(textColumn('Source', described['api.core.v1.Event.source'], sourceOf)),
  textColumn('Message', described['api.core.v1.Event.message'], (event) =>
    (event.message ?? newForm(event).note ?? '').trim(),
  ),
  wide(textColumn('First Seen', described['api.core.v1.Event.firstTimestamp'], firstSeen)),
  wide(numberColumn('Count', described['api.core.v1.Event.count'], countOf, 'string')),
  wide(nameColumn),
);

export const resourceQuotaPrinter = columnPrinter<ResourceQuota>(
  nameColumn,
  textColumn('Request', 'Request represents a minimum amount of cpu/memory that a container may consume.', (quota) =>
    quotaText(quota, (resource) => !isLimit(resource)),
  ),
  textColumn(
    'Limit',
    'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
    (quota) => quotaText(quota, isLimit),
  ),
  ageColumn,
);

export const priorityClassPrinter = columnPrinter<PriorityClass>(
  nameColumn,
  numberColumn('Value', described['api.scheduling.v1.PriorityClass.value'], ({ value }) => value),
  flagColumn(
    'Global-Default',
    described['api.scheduling.v1.PriorityClass.globalDefault'],
    ({ globalDefault }) => globalDefault,
  ),
  ageColumn,
  textColumn(
    'PreemptionPolicy',
    described['api.scheduling.v1.PriorityClass.preemptionPolicy'],
    ({ preemptionPolicy }) => preemptionPolicy,
  ),
);

function count(entries: object | undefined): number {
  return entries === undefined ? 0 : Object.keys(entries).length;
}

/** The same event as the group events.k8s.io names its fields. */
function newForm(event: Event): Partial<eventsV1.Event> {
  return event as Partial<eventsV1.Event>;
}

function regardingOf(event: Event): Partial<Event['involvedObject']> {
  return event.involvedObject ?? newForm(event).regarding ?? {};
}

function firstSeen(event: Event, nowMs: number): string {
  return ageOf(event.firstTimestamp ?? newForm(event).deprecatedFirstTimestamp ?? event.eventTime, nowMs);
}

function lastSeen(event: Event, nowMs: number): string {
  if (event.series) return ageOf(event.series.lastObservedTime, nowMs);
  const last = event.lastTimestamp ?? newForm(event).deprecatedLastTimestamp;
  return last ? ageOf(last, nowMs) : firstSeen(event, nowMs);
}

/** An event without count happened once. */
function countOf(event: Event): number {
  return event.series?.count ?? ((event.count ?? newForm(event).deprecatedCount) || 1);
}

function sourceOf(event: Event): string {
  const { component, host } = event.source ?? newForm(event).deprecatedSource ?? {};
  const reporter = component || event.reportingComponent || newForm(event).reportingController || '';
  const instance = host || event.reportingInstance;
  return instance ? `${reporter}, ${instance}` : reporter;
}

function isLimit(resource: string): boolean {
  return resource.startsWith('limits.');
}

function quotaText({ status: { hard = {}, used = {} } }: ResourceQuota, wanted: (resource: string) => boolean): string {
  const resources = Object.keys(hard).filter(wanted).sort();
  return resources.map((resource) => `${resource}: ${used[resource] ?? '0'}/${hard[resource]}`).join(', ');
}
