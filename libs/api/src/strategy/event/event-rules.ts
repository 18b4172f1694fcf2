import { type FieldError, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { Event } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import type { GroupVersion } from '../../resource/resource-table.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';

/** Where events about cluster-scoped objects live. */
const clusterEventNamespaces: ReadonlySet<string> = new Set(['default', 'kube-system']);
const shortTextLengthMax = 128;
const messageLengthMax = 1_024;
const eventTypes: ReadonlySet<string> = new Set(['Normal', 'Warning']);
const immutableFields = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const;
const otherNamespaceText = 'does not match event.namespace';

export const eventRules: KindRules<Event> = {
  allowsCreateOnUpdate: true,
  validate: (event, old, requested) => [
    ...(event.eventTime === undefined ? validateOldEvent(event) : validateNewEvent(event, reporterField(requested))),
    ...(old === undefined && isStrict(requested) ? validateStrictly(event) : []),
  ],
  validateUpdate: (event, old, requested) => (isStrict(requested) ? validateSame(event, old) : []),
};

/** Events of `events.k8s.io/v1` have to be as that version means them; the core group goes on taking what it always took. */
function isStrict(requested: GroupVersion | undefined): boolean {
  return requested?.group === 'events.k8s.io';
}

/** The core group names the field differently. */
function reporterField(requested: GroupVersion | undefined): string {
  return requested?.group === '' ? 'reportingComponent' : 'reportingController';
}

/** An event as clients of the core group have always written it. */
function validateOldEvent({ metadata, involvedObject }: Event): FieldError[] {
  const namespace = metadata.namespace ?? '';
  const about = involvedObject?.namespace ?? '';
  const fits = about === '' ? namespace === 'default' : about === namespace;
  return fits ? [] : [invalidValue('involvedObject.namespace', about, otherNamespaceText)];
}

/** One with a time of its own, as of `events.k8s.io`: it says who did what. */
function validateNewEvent(event: Event, reporterField: string): FieldError[] {
  const { metadata, involvedObject, reportingComponent: reporter = '' } = event;
  const findings: FieldError[] = [];
  if (!involvedObject?.namespace && !clusterEventNamespaces.has(metadata.namespace ?? '')) {
    findings.push(invalidValue('involvedObject.namespace', '', otherNamespaceText));
  }
  if (reporter === '') findings.push(required(reporterField));
  findings.push(...invalidTexts(reporterField, reporter, qualifiedNameErrors(reporter)));
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    const text = event[field] ?? '';
    if (text === '') findings.push(required(field));
    findings.push(...validateLength(text, shortTextLengthMax, field));
  }
  return [...findings, ...validateLength(event.message ?? '', messageLengthMax, 'message')];
}

function validateStrictly(event: Event): FieldError[] {
  const { type = '', eventTime, firstTimestamp, lastTimestamp, count = 0, source } = event;
  const isSourced = (source?.component ?? '') !== '' || (source?.host ?? '') !== '';
  const unwanted = [
    ...(firstTimestamp ? ['firstTimestamp'] : []),
    ...(lastTimestamp ? ['lastTimestamp'] : []),
    ...(count === 0 ? [] : ['count']),
    ...(isSourced ? ['source'] : []),
  ];
  return [
    ...validateSeries(event),
    ...(eventTime === undefined ? [required('eventTime')] : []),
    ...(eventTypes.has(type) ? [] : [invalidValue('type', '', `has invalid value: ${type}`)]),
    ...unwanted.map((field) => invalidValue(field, '', 'needs to be unset')),
  ];
}

function validateSeries({ series }: Event): FieldError[] {
  if (series === undefined) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime === undefined ? [required('series.lastObservedTime')] : []),
  ];
}

/** Only the series goes on. */
function validateSame(event: Event, old: Event): FieldError[] {
  return [
    ...(deepEqual(event.series, old.series) ? [] : validateSeries(event)),
    ...immutableFields.flatMap((field) => validateImmutable(event[field], old[field], field)),
  ];
}

function validateLength(text: string, lengthMax: number, field: string): FieldError[] {
  return Buffer.byteLength(text) > lengthMax
    ? [invalidValue(field, '', `can have at most ${lengthMax} characters`)]
    : [];
}
