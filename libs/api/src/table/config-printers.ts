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
  numberColumn('Data', 'Number of entries.', ({ data, binaryData }) => count(data) + count(binaryData), 'string'),
  ageColumn,
);

export const secretPrinter = columnPrinter<Secret>(
  nameColumn,
  textColumn('Type', 'What the secret is for.', ({ type }) => type),
  numberColumn('Data', 'Number of entries.', ({ data }) => count(data), 'string'),
  ageColumn,
);

export const serviceAccountPrinter = columnPrinter<ServiceAccount>(
  nameColumn,
  numberColumn(
    'Secrets',
    'Number of secrets that pods of the account may use.',
    ({ secrets }) => secrets?.length,
    'string',
  ),
  ageColumn,
);

export const eventPrinter = columnPrinter<Event>(
  textColumn('Last Seen', 'Time since the event last happened.', lastSeen),
  textColumn('Type', 'Normal or Warning.', ({ type }) => type),
  textColumn('Reason', 'Why the event happened, in one word.', ({ reason }) => reason),
  textColumn('Object', 'What the event is about.', (event) => {
    const { kind = '', name } = regardingOf(event);
    return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
  }),
  wide(textColumn('Subobject', 'Part of the object.', (event) => regardingOf(event).fieldPath)),
  wide(textColumn('Source', 'Component and node that reported the event.', sourceOf)),
  textColumn('Message', 'What happened.', (event) => (event.message ?? newForm(event).note ?? '').trim()),
  wide(textColumn('First Seen', 'Time since the event first happened.', firstSeen)),
  wide(numberColumn('Count', 'How often the event happened.', countOf, 'string')),
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
  numberColumn('Value', 'The priority.', ({ value }) => value),
  flagColumn('Global-Default', 'Whether pods without a class get it.', ({ globalDefault }) => globalDefault),
  ageColumn,
  textColumn('PreemptionPolicy', 'Whether such pods push others out.', ({ preemptionPolicy }) => preemptionPolicy),
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
