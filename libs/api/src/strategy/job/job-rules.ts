import { type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import type { Job, JobSpec, PodTemplateSpec } from '../../generated/kinds.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { changedTemplateWarnings } from '../pod-template/changed-template-warnings.ts';
import { selects } from '../pod-template/pod-template-validation.ts';
import { isIndexed, jobSpecWarnings, validateJobSpec } from './job-spec-validation.ts';
import { holds, validateJobStatusUpdate } from './job-status-validation.ts';
import { podNameWarnings } from './pod-name-warnings.ts';

const uidLabels = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
const nameLabels = ['batch.kubernetes.io/job-name', 'job-name'] as const;

export const jobRules: KindRules<Job> = {
  countsGenerations: true,
  prepareForCreate: (job) => {
    if (!job.spec.manualSelector) selectOwnPods(job);
  },
  validate: (job, old) => [
    ...validateGeneratedSelector(job, old),
    ...validateJobSpec(job.spec, 'spec'),
    ...validateSelector(job.spec),
    ...validatePodHostname(job),
  ],
  validateUpdate: (job, old) => [
    ...validateCompletions(job.spec, old.spec),
    ...validateImmutable(job.spec.selector, old.spec.selector, 'spec.selector'),
    ...validateTemplateUpdate(job, old),
    ...(['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const).flatMap(
      (name) => validateImmutable(job.spec[name], old.spec[name], `spec.${name}`),
    ),
  ],
  validateStatusUpdate: validateJobStatusUpdate,
  warnings: (job, old) => [
    ...(old ? [] : podNameWarnings(job.metadata.name)),
    ...jobSpecWarnings(job.spec, 'spec'),
    ...changedTemplateWarnings(job, old),
  ],
};

/** A job finds its pods by a label with its own uid, so that two jobs never share pods. Labels that the user has set stay. */
function selectOwnPods({ metadata, spec }: Job): void {
  spec.template.metadata ??= {} as NonNullable<JobSpec['template']['metadata']>;
  spec.template.metadata.labels = { ...ownLabels({ metadata }), ...spec.template.metadata.labels };
  const [uidLabel] = uidLabels;
  spec.selector = {
    ...spec.selector,
    matchLabels: { [uidLabel]: metadata.uid, ...spec.selector?.matchLabels },
  };
}

function ownLabels({ metadata }: Pick<Job, 'metadata'>): Record<string, string> {
  return Object.fromEntries([
    ...uidLabels.map((label) => [label, metadata.uid]),
    ...nameLabels.map((label) => [label, metadata.name]),
  ]) as Record<string, string>;
}

/** Labels that contradict the generated ones would make the job take other pods. */
function validateGeneratedSelector(job: Job, old: Job | undefined): FieldError[] {
  const { spec, metadata } = job;
  if (spec.manualSelector || !spec.selector) return [];
  const expected = ownLabels(job);
  const [uidLabel, oldUidLabel] = uidLabels;
  const [nameLabel, oldNameLabel] = nameLabels;
  const oldLabels = old?.spec.template?.metadata?.labels ?? {};
  const hasNewLabels = !old || (uidLabel in oldLabels && nameLabel in oldLabels);
  const labels = hasNewLabels ? [oldUidLabel, oldNameLabel, uidLabel, nameLabel] : [oldUidLabel, oldNameLabel];
  const findings: FieldError[] = metadata.uid ? [] : [required('metadata.uid')];
  for (const label of labels) {
    findings.push(...validateHasLabel(spec.template, label, expected[label] ?? ''));
  }
  const generated = Object.fromEntries(labels.map((label) => [label, expected[label] ?? '']));
  if (selects(spec.selector, generated) === false) {
    findings.push(invalidValue('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
  return findings;
}

function validateHasLabel(template: PodTemplateSpec, label: string, expected: string): FieldError[] {
  const labels = template?.metadata?.labels ?? {};
  const field = 'spec.template.metadata.labels';
  if (!(label in labels)) return [required(`${field}[${label}]`, `must be '${expected}'`)];
  if (labels[label] === expected) return [];
  return [invalidValue(`${field}[${label}]`, labels, `must be '${expected}'`)];
}

function validateSelector({ selector, template }: JobSpec): FieldError[] {
  const labels = template?.metadata?.labels ?? {};
  return [
    ...(selector ? validateLabelSelector(selector, 'spec.selector') : [required('spec.selector')]),
    ...(!selector || selects(selector, labels) === false
      ? [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
      : []),
  ];
}

/** The pods of an indexed job are called after it and their index. */
function validatePodHostname({ metadata, spec }: Job): FieldError[] {
  if (!isIndexed(spec) || !spec.completions || spec.completions < 0) return [];
  const longest = `${metadata.name}-${spec.completions - 1}`;
  if (dnsLabelErrors(longest).length === 0) return [];
  const text = `will not able to create pod with invalid DNS label: ${longest}`;
  return [invalidValue('metadata.name', metadata.name, text)];
}

function validateCompletions(spec: JobSpec, old: JobSpec): FieldError[] {
  if (!isIndexed(spec)) return validateImmutable(spec.completions, old.completions, 'spec.completions');
  if (spec.completions === undefined || spec.completions === old.completions) return [];
  if (spec.completions === spec.parallelism) return [];
  const text = 'can only be modified in tandem with spec.parallelism';
  return [invalidValue('spec.completions', spec.completions, text)];
}

/** Where and with how much a suspended job's pods will run may still be decided: queues do so before they start a job. */
function validateTemplateUpdate(job: Job, old: Job): FieldError[] {
  const idle = !old.status.startTime || holds(old.status, 'Suspended');
  const open = old.spec.suspend === true && idle;
  const before = open ? withSchedulingOf(old.spec.template, job.spec.template) : old.spec.template;
  return validateImmutable(job.spec.template, before, 'spec.template');
}

function withSchedulingOf(old: PodTemplateSpec, { metadata, spec }: PodTemplateSpec): PodTemplateSpec {
  if (!old.spec || !spec) return old;
  const { nodeAffinity: _, ...otherAffinity } = old.spec.affinity ?? {};
  const affinity = {
    ...otherAffinity,
    ...(spec.affinity?.nodeAffinity && { nodeAffinity: spec.affinity.nodeAffinity }),
  };
  const withResources = <T extends { name: string; resources?: object }>(list: T[] | undefined, now: T[] | undefined) =>
    list?.map((one, i) => (now?.[i]?.name === one.name ? { ...one, resources: now[i].resources } : one));
  const none = spec.affinity === undefined && Object.keys(affinity).length === 0;
  return {
    ...old,
    metadata: { ...old.metadata, annotations: metadata?.annotations, labels: metadata?.labels },
    spec: {
      ...old.spec,
      affinity: none ? undefined : affinity,
      nodeSelector: spec.nodeSelector,
      tolerations: spec.tolerations,
      schedulingGates: spec.schedulingGates,
      containers: withResources(old.spec.containers, spec.containers) ?? [],
      initContainers: withResources(old.spec.initContainers, spec.initContainers),
    },
  } as PodTemplateSpec;
}
