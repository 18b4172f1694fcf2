import { duplicateValue, type FieldError, invalidField, invalidValue, required } from '../../errors/field-error.ts';
import type { Job, JobStatus } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { validateNonNegatives } from '../field-validation.ts';
import { countIndexes, firstCommonIndex, IndexIntervalsError } from './index-intervals.ts';
import { isIndexed } from './job-spec-validation.ts';

/**
 * A job's status as it moves on: any controller may manage a job, so the server keeps it from breaking what clients rely on. A rule
 * applies only where a field that it is about has changed, for a change of the spec may break it until the controller catches up.
 */
export function validateJobStatusUpdate(job: Job, old: Job): FieldError[] {
  return [
    ...validateCounters(job.status),
    ...validateConditions(job, old),
    ...validateTimes(job, old),
    ...validateFinished(job, old),
    ...validateIndexes(job, old),
    ...validateTransition(job, old),
  ];
}

export function holds(status: JobStatus, condition: string): boolean {
  return status.conditions?.some(({ type, status: value }) => type === condition && value === 'True') ?? false;
}

function changed(job: Job, old: Job, ...names: readonly (keyof JobStatus)[]): boolean {
  return names.some((name) => !deepEqual(job.status[name], old.status[name]));
}

function turned(job: Job, old: Job, ...conditions: readonly string[]): boolean {
  return conditions.some((condition) => holds(job.status, condition) !== holds(old.status, condition));
}

function finished({ status }: Job): boolean {
  return holds(status, 'Complete') || holds(status, 'Failed');
}

function validateCounters(status: JobStatus): FieldError[] {
  const findings = validateNonNegatives(status, ['active', 'succeeded', 'failed', 'ready', 'terminating'], 'status');
  const seen = new Set<string>();
  for (const list of ['succeeded', 'failed'] as const) {
    for (const [i, uid] of (status.uncountedTerminatedPods?.[list] ?? []).entries()) {
      const field = `status.uncountedTerminatedPods.${list}[${i}]`;
      if (uid === '') findings.push(invalidValue(field, uid, 'must not be empty'));
      else if (seen.has(uid)) findings.push(duplicateValue(field, uid));
      seen.add(uid);
    }
  }
  return findings;
}

function validateConditions(job: Job, old: Job): FieldError[] {
  const is = (condition: string) => holds(job.status, condition);
  const excluded = (one: string, other: string) =>
    is(one) && is(other)
      ? [invalidField('status.conditions', `cannot set ${one}=True and ${other}=true conditions`)]
      : [];
  const without = (one: string, other: string) =>
    is(one) && !is(other)
      ? [invalidField('status.conditions', `cannot set ${one}=True condition without the ${other}=true condition`)]
      : [];
  return [
    ...(turned(job, old, 'Complete', 'Failed') ? excluded('Complete', 'Failed') : []),
    ...(turned(job, old, 'Complete', 'FailureTarget') ? excluded('Complete', 'FailureTarget') : []),
    ...(turned(job, old, 'Failed', 'FailureTarget') ? without('Failed', 'FailureTarget') : []),
    ...(turned(job, old, 'Complete', 'SuccessCriteriaMet') ? without('Complete', 'SuccessCriteriaMet') : []),
    ...excluded('SuccessCriteriaMet', 'Failed'),
    ...excluded('SuccessCriteriaMet', 'FailureTarget'),
    ...(job.spec.successPolicy && !is('SuccessCriteriaMet') && is('Complete')
      ? [
          invalidField(
            'status.conditions',
            'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
          ),
        ]
      : []),
  ];
}

function validateTimes(job: Job, old: Job): FieldError[] {
  const { startTime, completionTime } = job.status;
  const complete = holds(job.status, 'Complete');
  const findings: FieldError[] = [];
  if (turned(job, old, 'Complete') || changed(job, old, 'completionTime')) {
    if (completionTime && !complete) {
      const text = 'cannot set completionTime when there is no Complete=True condition';
      findings.push(invalidValue('status.completionTime', completionTime, text));
    }
    if (!completionTime && complete) {
      findings.push(required('status.completionTime', 'completionTime is required for Complete jobs'));
    }
  }
  const moved = changed(job, old, 'startTime', 'completionTime');
  if (moved && startTime && completionTime && completionTime < startTime) {
    const text = 'completionTime cannot be set before startTime';
    findings.push(invalidValue('status.completionTime', completionTime, text));
  }
  return findings;
}

function validateFinished(job: Job, old: Job): FieldError[] {
  const { status, spec } = job;
  const isFinished = finished(job);
  const ended = isFinished !== finished(old);
  const findings: FieldError[] = [];
  if (isFinished && (ended || changed(job, old, 'active')) && (status.active ?? 0) > 0) {
    findings.push(invalidValue('status.active', status.active, 'active>0 is invalid for finished job'));
  }
  const neverRan = spec.suspend === true && spec.completions === 0;
  if (isFinished && (ended || changed(job, old, 'startTime')) && !neverRan && !status.startTime) {
    findings.push(required('status.startTime', 'startTime is required for finished job'));
  }
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const uncounted = succeeded.length + failed.length;
  if (isFinished && (ended || changed(job, old, 'uncountedTerminatedPods')) && uncounted > 0) {
    const text = 'uncountedTerminatedPods needs to be empty for finished job';
    findings.push(invalidValue('status.uncountedTerminatedPods', status.uncountedTerminatedPods, text));
  }
  if (isFinished && (ended || changed(job, old, 'terminating')) && (status.terminating ?? 0) > 0) {
    findings.push(invalidValue('status.terminating', status.terminating, 'terminating>0 is invalid for finished job'));
  }
  const { ready } = status;
  if (ready !== undefined && changed(job, old, 'ready', 'active') && ready > (status.active ?? 0)) {
    findings.push(invalidValue('status.ready', ready, 'cannot set more ready pods than active'));
  }
  return findings;
}

function validateIndexes(job: Job, old: Job): FieldError[] {
  const { spec, status } = job;
  const { completedIndexes = '', failedIndexes } = status;
  const findings: FieldError[] = [];
  if (changed(job, old, 'completedIndexes')) {
    findings.push(...validateIndexText('completedIndexes', completedIndexes, spec.completions));
    if (completedIndexes !== '' && !isIndexed(spec)) {
      const text = 'cannot set non-empty completedIndexes when non-indexed completion mode';
      findings.push(invalidValue('status.completedIndexes', completedIndexes, text));
    }
  }
  if (changed(job, old, 'failedIndexes') && failedIndexes !== undefined) {
    if (spec.backoffLimitPerIndex === undefined) {
      const text = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
      findings.push(invalidValue('status.failedIndexes', failedIndexes, text));
    } else findings.push(...validateIndexText('failedIndexes', failedIndexes, spec.completions));
  }
  if (changed(job, old, 'completedIndexes', 'failedIndexes') && failedIndexes && spec.completions !== undefined) {
    const common = firstCommonIndex(completedIndexes, failedIndexes, spec.completions);
    if (common !== undefined) {
      const text = `failedIndexes and completedIndexes overlap at index: ${common}`;
      findings.push(invalidValue('status.failedIndexes', failedIndexes, text));
    }
  }
  return findings;
}

function validateIndexText(name: string, indexes: string, completions: number | undefined): FieldError[] {
  if (completions === undefined) return [];
  try {
    countIndexes(indexes, completions);
    return [];
  } catch (error) {
    if (!(error instanceof IndexIntervalsError)) throw error;
    return [invalidValue(`status.${name}`, indexes, `error parsing ${name}: ${error.message}`)];
  }
}

function validateTransition(job: Job, old: Job): FieldError[] {
  const { spec, status } = job;
  const findings = ['Failed', 'Complete', 'FailureTarget']
    .filter((condition) => holds(old.status, condition) && !holds(status, condition))
    .map((condition) => invalidField('status.conditions', `cannot disable the terminal ${condition}=True condition`));
  if ((status.failed ?? 0) < (old.status.failed ?? 0)) {
    findings.push(invalidValue('status.failed', status.failed ?? 0, 'cannot decrease the failed counter'));
  }
  // An indexed job with as many pods as completions may be scaled down.
  const mayShrink = isIndexed(spec) && spec.completions === spec.parallelism;
  if (!mayShrink && (status.succeeded ?? 0) < (old.status.succeeded ?? 0)) {
    findings.push(invalidValue('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter'));
  }
  const { completionTime } = status;
  if (completionTime && old.status.completionTime && completionTime !== old.status.completionTime) {
    findings.push(invalidValue('status.completionTime', completionTime, 'completionTime cannot be mutated'));
  }
  if (old.status.startTime && changed(job, old, 'startTime') && !spec.suspend && !resumed(job, old)) {
    findings.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  }
  if (holds(old.status, 'SuccessCriteriaMet') && !holds(status, 'SuccessCriteriaMet')) {
    findings.push(invalidField('status.conditions', 'cannot disable the SuccessCriteriaMet=True condition'));
  }
  const late = holds(old.status, 'Complete') && !holds(old.status, 'SuccessCriteriaMet');
  if (late && holds(status, 'SuccessCriteriaMet')) {
    const text = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions';
    findings.push(invalidField('status.conditions', text));
  }
  return findings;
}

/** The job has just been taken up again, and starts anew. */
function resumed(job: Job, old: Job): boolean {
  return holds(old.status, 'Suspended') && !holds(job.status, 'Suspended');
}
