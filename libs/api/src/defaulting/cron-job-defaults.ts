import type { CronJob, JobSpec } from '../generated/kinds.ts';
import { defaultPodTemplate } from './pod-template-defaults.ts';

/** The job's own defaults come when the job is created; here only those of its pod template. */
export function defaultCronJob({ spec }: CronJob): void {
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  spec.jobTemplate ??= {};
  const job = (spec.jobTemplate.spec ?? {}) as JobSpec;
  job.template = defaultPodTemplate(job.template);
  spec.jobTemplate.spec = job;
}
