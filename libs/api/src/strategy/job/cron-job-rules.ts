import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { CronJob, CronJobSpec } from '../../generated/kinds.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateChoice } from '../choice-validation.ts';
import { validateNonNegatives } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { warningsOfPodTemplate } from '../pod/pod-warnings.ts';
import { CronScheduleError, checkCronSchedule, isKnownTimeZone } from './cron-schedule.ts';
import { jobSpecWarnings, validateJobSpec } from './job-spec-validation.ts';
import { podNameWarnings } from './pod-name-warnings.ts';

/** A CronJob's jobs are named after it, with eleven characters more. */
const nameLengthMax = 52;
const concurrencyPolicies = ['Allow', 'Forbid', 'Replace'];
const timeZoneWarning =
  'CRON_TZ or TZ used in spec.spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
const timeZonePart = /^[A-Za-z.\-_0-9+]{1,14}$/;

export const cronJobRules: KindRules<CronJob> = {
  countsGenerations: true,
  nameErrors: (name) => {
    const errors = dnsSubdomainErrors(name);
    if (name.length > nameLengthMax) errors.push(`must be no more than ${nameLengthMax} characters`);
    return errors;
  },
  validate: ({ spec }, old) => [
    ...(spec.schedule ? validateSchedule(spec, old?.spec, 'spec.schedule') : [required('spec.schedule')]),
    ...validateNonNegatives(spec, ['startingDeadlineSeconds'], 'spec'),
    ...(old && old.spec.timeZone === spec.timeZone ? [] : validateTimeZone(spec.timeZone, 'spec.timeZone')),
    ...validateChoice(spec.concurrencyPolicy, concurrencyPolicies, 'spec.concurrencyPolicy'),
    ...validateJobTemplate(spec, 'spec.jobTemplate.spec'),
    ...validateNonNegatives(spec, ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'], 'spec'),
  ],
  warnings: ({ metadata, spec }, old) => [
    ...(old ? [] : podNameWarnings(metadata.name)),
    ...(spec.jobTemplate?.spec ? jobSpecWarnings(spec.jobTemplate.spec, 'spec.jobTemplate.spec') : []),
    ...(spec.jobTemplate?.spec
      ? warningsOfPodTemplate(spec.jobTemplate.spec.template, 'spec.jobTemplate.spec.template')
      : []),
    ...(spec.schedule?.includes('TZ') ? [timeZoneWarning] : []),
  ],
};

function validateSchedule(
  { schedule, timeZone }: CronJobSpec,
  old: CronJobSpec | undefined,
  field: string,
): FieldError[] {
  const findings: FieldError[] = [];
  try {
    checkCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronScheduleError)) throw error;
    findings.push(invalidValue(field, schedule, error.message));
  }
  if (!schedule.includes('TZ')) return findings;
  // Schedules with a zone were possible once, and may stay.
  if (!old?.schedule.includes('TZ')) {
    const text = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    findings.push(invalidValue(field, schedule, text));
  } else if (timeZone !== undefined) {
    findings.push(invalidValue(field, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  }
  return findings;
}

function validateTimeZone(timeZone: string | undefined, field: string): FieldError[] {
  if (timeZone === undefined) return [];
  if (timeZone === '') return [invalidValue(field, timeZone, 'timeZone must be nil or non-empty string')];
  const unknown = invalidValue(field, timeZone, `unknown time zone ${timeZone}`);
  const malformed = timeZone
    .split('/')
    .some((part) => part === '.' || part === '..' || part.startsWith('-') || !timeZonePart.test(part));
  if (malformed) return [unknown];
  if (timeZone.toLowerCase() === 'local') {
    const text = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalidValue(field, timeZone, text)];
  }
  return isKnownTimeZone(timeZone) ? [] : [unknown];
}

function validateJobTemplate({ jobTemplate }: CronJobSpec, path: string): FieldError[] {
  const spec = jobTemplate?.spec;
  if (!spec) return [];
  return [
    ...validateJobSpec(spec, path),
    ...(spec.selector ? [invalidValue(`${path}.selector`, spec.selector, '`selector` will be auto-generated')] : []),
    ...(spec.manualSelector ? [notSupported(`${path}.manualSelector`, true, ['nil', 'false'])] : []),
  ];
}
