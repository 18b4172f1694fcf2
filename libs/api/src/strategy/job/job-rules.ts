import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { CronJob, Job, JobSpec } from '../../generated/kinds.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { validatePodTemplate } from '../pod-template/pod-template-validation.ts';

/** A CronJob's jobs are named after it, with eleven characters more. */
const cronJobNameLengthMax = 52;

export const jobRules: KindRules<Job> = {
  countsGenerations: true,
  prepareForCreate: (job) => {
    if (!job.spec.manualSelector) selectOwnPods(job);
  },
  validate: ({ spec }) => [...validateJobSpec(spec, 'spec'), ...(spec.selector ? [] : [required('spec.selector')])],
  validateUpdate: ({ spec }, { spec: old }) => [
    ...validateImmutable(spec.selector, old.selector, 'spec.selector'),
    ...(spec.suspend && old.suspend ? [] : validateImmutable(spec.template, old.template, 'spec.template')),
    ...validateImmutable(spec.completionMode, old.completionMode, 'spec.completionMode'),
    ...(spec.completionMode === 'Indexed'
      ? []
      : validateImmutable(spec.completions, old.completions, 'spec.completions')),
    ...validateImmutable(spec.podFailurePolicy, old.podFailurePolicy, 'spec.podFailurePolicy'),
    ...validateImmutable(spec.backoffLimitPerIndex, old.backoffLimitPerIndex, 'spec.backoffLimitPerIndex'),
    ...validateImmutable(spec.managedBy, old.managedBy, 'spec.managedBy'),
  ],
};

export const cronJobRules: KindRules<CronJob> = {
  countsGenerations: true,
  nameErrors: (name) => {
    const errors = dnsSubdomainErrors(name);
    if (name.length > cronJobNameLengthMax) errors.push(`must be no more than ${cronJobNameLengthMax} characters`);
    return errors;
  },
  validate: ({ spec }) => {
    const policies = ['Allow', 'Forbid', 'Replace'];
    const { concurrencyPolicy: policy = '' } = spec;
    return [
      ...(spec.schedule ? validateSchedule(spec.schedule) : [required('spec.schedule')]),
      ...validateNonNegative(spec.startingDeadlineSeconds ?? 0, 'spec.startingDeadlineSeconds'),
      ...(policies.includes(policy) ? [] : [notSupported('spec.concurrencyPolicy', policy, policies)]),
      ...validateNonNegative(spec.successfulJobsHistoryLimit ?? 0, 'spec.successfulJobsHistoryLimit'),
      ...validateNonNegative(spec.failedJobsHistoryLimit ?? 0, 'spec.failedJobsHistoryLimit'),
      ...(spec.jobTemplate?.spec ? validateJobSpec(spec.jobTemplate.spec, 'spec.jobTemplate.spec') : []),
    ];
  },
};

/** A job finds its pods by a label with its own uid, so that two jobs never share pods. */
function selectOwnPods({ metadata, spec }: Job): void {
  const uidLabel = 'batch.kubernetes.io/controller-uid';
  spec.template.metadata ??= {} as NonNullable<JobSpec['template']['metadata']>;
  spec.template.metadata.labels = {
    ...spec.template.metadata.labels,
    [uidLabel]: metadata.uid,
    'batch.kubernetes.io/job-name': metadata.name,
    'controller-uid': metadata.uid,
    'job-name': metadata.name,
  };
  spec.selector = {
    ...spec.selector,
    matchLabels: { ...spec.selector?.matchLabels, [uidLabel]: metadata.uid },
  };
}

function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const findings: FieldError[] = [];
  for (const field of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
  ] as const) {
    findings.push(...validateNonNegative(spec[field] ?? 0, `${path}.${field}`));
  }
  if (spec.completionMode === 'Indexed' && spec.completions === undefined) {
    findings.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  }
  findings.push(...validatePodTemplate(spec.template, `${path}.template`));
  const restartPolicy = spec.template?.spec?.restartPolicy ?? '';
  if (restartPolicy === '' || restartPolicy === 'Always') {
    const field = `${path}.template.spec.restartPolicy`;
    findings.push(
      restartPolicy === ''
        ? required(field, 'valid values: "OnFailure", "Never"')
        : notSupported(field, restartPolicy, ['OnFailure', 'Never']),
    );
  }
  return findings;
}

function validateSchedule(schedule: string): FieldError[] {
  const field = 'spec.schedule';
  if (/^(CRON_)?TZ=/.test(schedule)) {
    return [invalidValue(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  }
  if (schedule.startsWith('@')) return [];
  const parts = schedule.trim().split(/\s+/);
  if (parts.length === 5) return [];
  return [invalidValue(field, schedule, `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`)];
}
