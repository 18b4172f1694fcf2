import { parseTime } from '@orrery/runtime';
import { described } from '../generated/column-descriptions.ts';
import type {
  Container,
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  LabelSelector,
  PodDisruptionBudget,
  PodTemplate,
  ReplicaSet,
  ReplicationController,
  Scale,
  StatefulSet,
} from '../generated/kinds.ts';
import { metricsText } from './autoscaling-metrics.ts';
import { ageOf, humanDuration } from './human-duration.ts';
import { ageColumn, type Column, columnPrinter, nameColumn, numberColumn, textColumn, wide } from './printer.ts';
import { labelsText, requirementsText, selectorText } from './selector-text.ts';

export const deploymentPrinter = columnPrinter<Deployment>(
  nameColumn,
  textColumn('Ready', 'Number of the pod with ready state', ({ spec, status }) =>
    ratio(status.readyReplicas, spec.replicas ?? 0),
  ),
  numberColumn(
    'Up-to-date',
    described['api.apps.v1.DeploymentStatus.updatedReplicas'],
    ({ status }) => status.updatedReplicas,
    'string',
  ),
  numberColumn(
    'Available',
    described['api.apps.v1.DeploymentStatus.availableReplicas'],
    ({ status }) => status.availableReplicas,
    'string',
  ),
  ageColumn,
  ...containerColumns<Deployment>(({ spec }) => spec.template?.spec?.containers),
  wide(
    textColumn(
      'Selector',
      described['api.apps.v1.DeploymentSpec.selector'],
      ({ spec }) => requirementsText(spec.selector) ?? '<invalid>',
    ),
  ),
);

export const replicaSetPrinter = columnPrinter<ReplicaSet>(
  nameColumn,
  numberColumn('Desired', described['api.apps.v1.ReplicaSetSpec.replicas'], ({ spec }) => spec.replicas),
  numberColumn('Current', described['api.apps.v1.ReplicaSetStatus.replicas'], ({ status }) => status.replicas),
  numberColumn('Ready', described['api.apps.v1.ReplicaSetStatus.readyReplicas'], ({ status }) => status.readyReplicas),
  ageColumn,
  ...containerColumns<ReplicaSet>(({ spec }) => spec.template?.spec?.containers),
  selectorColumn<ReplicaSet>(described['api.apps.v1.ReplicaSetSpec.selector'], ({ spec }) => spec.selector),
);

export const replicationControllerPrinter = columnPrinter<ReplicationController>(
  nameColumn,
  numberColumn('Desired', described['api.core.v1.ReplicationControllerSpec.replicas'], ({ spec }) => spec.replicas),
  numberColumn(
    'Current',
    described['api.core.v1.ReplicationControllerStatus.replicas'],
    ({ status }) => status.replicas,
  ),
  numberColumn(
    'Ready',
    described['api.core.v1.ReplicationControllerStatus.readyReplicas'],
    ({ status }) => status.readyReplicas,
  ),
  ageColumn,
  ...containerColumns<ReplicationController>(({ spec }) => spec.template?.spec?.containers),
  wide(
    textColumn('Selector', described['api.core.v1.ReplicationControllerSpec.selector'], ({ spec }) =>
      labelsText(spec.selector),
    ),
  ),
);

export const statefulSetPrinter = columnPrinter<StatefulSet>(
  nameColumn,
  textColumn('Ready', 'Number of the pod with ready state', ({ spec, status }) =>
    ratio(status.readyReplicas, spec.replicas ?? 0),
  ),
  ageColumn,
  ...containerColumns<StatefulSet>(({ spec }) => spec.template?.spec?.containers),
);

export const daemonSetPrinter = columnPrinter<DaemonSet>(
  nameColumn,
  numberColumn(
    'Desired',
    described['api.apps.v1.DaemonSetStatus.desiredNumberScheduled'],
    ({ status }) => status.desiredNumberScheduled,
  ),
  numberColumn(
    'Current',
    described['api.apps.v1.DaemonSetStatus.currentNumberScheduled'],
    ({ status }) => status.currentNumberScheduled,
  ),
  numberColumn('Ready', described['api.apps.v1.DaemonSetStatus.numberReady'], ({ status }) => status.numberReady),
  numberColumn(
    'Up-to-date',
    described['api.apps.v1.DaemonSetStatus.updatedNumberScheduled'],
    ({ status }) => status.updatedNumberScheduled,
  ),
  numberColumn(
    'Available',
    described['api.apps.v1.DaemonSetStatus.numberAvailable'],
    ({ status }) => status.numberAvailable,
  ),
  textColumn('Node Selector', described['api.core.v1.PodSpec.nodeSelector'], ({ spec }) =>
    labelsText(spec.template?.spec?.nodeSelector),
  ),
  ageColumn,
  ...containerColumns<DaemonSet>(({ spec }) => spec.template?.spec?.containers),
  selectorColumn<DaemonSet>(described['api.apps.v1.DaemonSetSpec.selector'], ({ spec }) => spec.selector),
);

export const jobPrinter = columnPrinter<Job>(
  nameColumn,
  textColumn('Status', 'Status of the job.', jobStatus),
  textColumn('Completions', described['api.batch.v1.JobStatus.succeeded'], jobCompletions),
  textColumn('Duration', 'Time required to complete the job.', jobDuration),
  ageColumn,
  ...containerColumns<Job>(({ spec }) => spec.template?.spec?.containers),
  selectorColumn<Job>(described['api.batch.v1.JobSpec.selector'], ({ spec }) => spec.selector),
);

export const cronJobPrinter = columnPrinter<CronJob>(
  nameColumn,
  textColumn('Schedule', described['api.batch.v1.CronJobSpec.schedule'], ({ spec }) => spec.schedule),
  textColumn('Timezone', described['api.batch.v1.CronJobSpec.timeZone'], ({ spec }) => spec.timeZone, '<none>'),
  {
    name: 'Suspend',
    type: 'boolean',
    description: described['api.batch.v1.CronJobSpec.suspend'],
    cell: ({ spec }) => (spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'),
  },
  numberColumn('Active', described['api.batch.v1.CronJobStatus.active'], ({ status }) => status.active?.length),
  textColumn(
    'Last Schedule',
    described['api.batch.v1.CronJobStatus.lastScheduleTime'],
    ({ status }, nowMs) => status.lastScheduleTime && ageOf(status.lastScheduleTime, nowMs),
    '<none>',
  ),
  ageColumn,
  ...containerColumns<CronJob>(({ spec }) => spec.jobTemplate?.spec?.template?.spec?.containers),
  selectorColumn<CronJob>(described['api.batch.v1.JobSpec.selector'], ({ spec }) => spec.jobTemplate?.spec?.selector),
);

export const podTemplatePrinter = columnPrinter<PodTemplate>(
  nameColumn,
  ...containerColumns<PodTemplate>(({ template }) => template?.spec?.containers).map((column) => ({
    ...column,
    priority: 0,
  })),
  textColumn('Pod Labels', 'The labels for the pod template.', ({ template }) =>
    labelsText(template?.metadata?.labels),
  ),
);

export const controllerRevisionPrinter = columnPrinter<ControllerRevision>(
  nameColumn,
  textColumn('Controller', 'Controller of the object', controllerName, '<none>'),
  numberColumn('Revision', described['api.apps.v1.ControllerRevision.revision'], ({ revision }) => revision, 'string'),
  ageColumn,
);

export const podDisruptionBudgetPrinter = columnPrinter<PodDisruptionBudget>(
  nameColumn,
  textColumn(
    'Min Available',
    'The minimum number of pods that must be available.',
    ({ spec }) => `${spec.minAvailable ?? 'N/A'}`,
  ),
  textColumn(
    'Max Unavailable',
    'The maximum number of pods that may be unavailable.',
    ({ spec }) => `${spec.maxUnavailable ?? 'N/A'}`,
  ),
  numberColumn(
    'Allowed Disruptions',
    'Calculated number of pods that may be disrupted at this time.',
    ({ status }) => status.disruptionsAllowed,
  ),
  ageColumn,
);

export const horizontalPodAutoscalerPrinter = columnPrinter<HorizontalPodAutoscaler>(
  nameColumn,
  textColumn(
    'Reference',
    described['api.autoscaling.v2.HorizontalPodAutoscalerSpec.scaleTargetRef'],
    ({ spec }) => `${spec.scaleTargetRef?.kind ?? ''}/${spec.scaleTargetRef?.name ?? ''}`,
  ),
  textColumn('Targets', described['api.autoscaling.v2.HorizontalPodAutoscalerSpec.metrics'], metricsText),
  textColumn(
    'MinPods',
    described['api.autoscaling.v2.HorizontalPodAutoscalerSpec.minReplicas'],
    ({ spec }) => spec.minReplicas?.toString(),
    '<unset>',
  ),
  numberColumn(
    'MaxPods',
    described['api.autoscaling.v2.HorizontalPodAutoscalerSpec.maxReplicas'],
    ({ spec }) => spec.maxReplicas,
    'string',
  ),
  numberColumn(
    'Replicas',
    described['api.autoscaling.v2.HorizontalPodAutoscalerStatus.currentReplicas'],
    ({ status }) => status.currentReplicas,
    'string',
  ),
  ageColumn,
);

export const scalePrinter = columnPrinter<Scale>(
  { ...nameColumn, format: undefined },
  numberColumn('Desired', described['api.autoscaling.v1.ScaleSpec.replicas'], ({ spec }) => spec.replicas),
  numberColumn('Available', described['api.autoscaling.v1.ScaleStatus.replicas'], ({ status }) => status.replicas),
  ageColumn,
);

function containerColumns<T>(containers: (object: T) => readonly Container[] | undefined): Column<T>[] {
  return [
    wide(
      textColumn('Containers', 'Names of each container in the template.', (object) =>
        joined(containers(object), 'name'),
      ),
    ),
    wide(
      textColumn('Images', 'Images referenced by each container in the template.', (object) =>
        joined(containers(object), 'image'),
      ),
    ),
  ];
}

function selectorColumn<T>(description: string, selector: (object: T) => LabelSelector | undefined): Column<T> {
  return wide(textColumn('Selector', description, (object) => selectorText(selector(object))));
}

function joined(containers: readonly Container[] | undefined, field: 'name' | 'image'): string {
  return (containers ?? []).map((container) => container[field] ?? '').join(',');
}

function ratio(some: number | undefined, all: number): string {
  return `${some ?? 0}/${all}`;
}

/** Conditions win over the deletion, the deletion over what the job still does. */
function jobStatus({ metadata, status }: Job): string {
  const holds = (condition: string) => status.conditions?.find(({ type }) => type === condition)?.status === 'True';
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  return holds('FailureTarget') ? 'FailureTarget' : 'Running';
}

function jobCompletions({ spec, status }: Job): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: Job, nowMs: number): string {
  const startMs = status.startTime ? parseTime(status.startTime) : undefined;
  if (startMs === undefined) return '';
  const endMs = status.completionTime ? parseTime(status.completionTime) : undefined;
  return humanDuration((endMs ?? nowMs) - startMs);
}

/** `statefulset.apps/web`. */
function controllerName({ metadata }: ControllerRevision): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return undefined;
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind}${group}`.toLowerCase().concat('/', owner.name);
}
