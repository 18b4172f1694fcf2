import { parseTime } from '@orrery/runtime';
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
  textColumn('Ready', 'Pods that are ready, of those wanted.', ({ spec, status }) =>
    ratio(status.readyReplicas, spec.replicas ?? 0),
  ),
  numberColumn('Up-to-date', 'Pods of the current template.', ({ status }) => status.updatedReplicas, 'string'),
  numberColumn(
    'Available',
    'Pods that have been ready for minReadySeconds.',
    ({ status }) => status.availableReplicas,
    'string',
  ),
  ageColumn,
  ...containerColumns<Deployment>(({ spec }) => spec.template?.spec?.containers),
  wide(textColumn('Selector', 'Labels of the pods.', ({ spec }) => requirementsText(spec.selector) ?? '<invalid>')),
);

export const replicaSetPrinter = columnPrinter<ReplicaSet>(
  nameColumn,
  numberColumn('Desired', 'Pods wanted.', ({ spec }) => spec.replicas),
  numberColumn('Current', 'Pods that exist.', ({ status }) => status.replicas),
  numberColumn('Ready', 'Pods that are ready.', ({ status }) => status.readyReplicas),
  ageColumn,
  ...containerColumns<ReplicaSet>(({ spec }) => spec.template?.spec?.containers),
  selectorColumn<ReplicaSet>(({ spec }) => spec.selector),
);

export const replicationControllerPrinter = columnPrinter<ReplicationController>(
  nameColumn,
  numberColumn('Desired', 'Pods wanted.', ({ spec }) => spec.replicas),
  numberColumn('Current', 'Pods that exist.', ({ status }) => status.replicas),
  numberColumn('Ready', 'Pods that are ready.', ({ status }) => status.readyReplicas),
  ageColumn,
  ...containerColumns<ReplicationController>(({ spec }) => spec.template?.spec?.containers),
  wide(textColumn('Selector', 'Labels of the pods.', ({ spec }) => labelsText(spec.selector))),
);

export const statefulSetPrinter = columnPrinter<StatefulSet>(
  nameColumn,
  textColumn('Ready', 'Pods that are ready, of those wanted.', ({ spec, status }) =>
    ratio(status.readyReplicas, spec.replicas ?? 0),
  ),
  ageColumn,
  ...containerColumns<StatefulSet>(({ spec }) => spec.template?.spec?.containers),
);

export const daemonSetPrinter = columnPrinter<DaemonSet>(
  nameColumn,
  numberColumn('Desired', 'Nodes that should run the pod.', ({ status }) => status.desiredNumberScheduled),
  numberColumn('Current', 'Nodes that run it and should.', ({ status }) => status.currentNumberScheduled),
  numberColumn('Ready', 'Nodes with a ready pod.', ({ status }) => status.numberReady),
  numberColumn(
    'Up-to-date',
    'Nodes with a pod of the current template.',
    ({ status }) => status.updatedNumberScheduled,
  ),
  numberColumn('Available', 'Nodes with an available pod.', ({ status }) => status.numberAvailable),
  textColumn('Node Selector', 'Labels of the nodes.', ({ spec }) => labelsText(spec.template?.spec?.nodeSelector)),
  ageColumn,
  ...containerColumns<DaemonSet>(({ spec }) => spec.template?.spec?.containers),
  selectorColumn<DaemonSet>(({ spec }) => spec.selector),
);

export const jobPrinter = columnPrinter<Job>(
  nameColumn,
  textColumn('Status', 'Status of the job.', jobStatus),
  textColumn('Completions', 'Pods that succeeded, of those wanted.', jobCompletions),
  textColumn('Duration', 'Time required to complete the job.', jobDuration),
  ageColumn,
  ...containerColumns<Job>(({ spec }) => spec.template?.spec?.containers),
  selectorColumn<Job>(({ spec }) => spec.selector),
);

export const cronJobPrinter = columnPrinter<CronJob>(
  nameColumn,
  textColumn('Schedule', 'When jobs start, in cron format.', ({ spec }) => spec.schedule),
  textColumn('Timezone', 'Time zone of the schedule.', ({ spec }) => spec.timeZone, '<none>'),
  {
    name: 'Suspend',
    type: 'boolean',
    description: 'Whether no further jobs start.',
    cell: ({ spec }) => (spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'),
  },
  numberColumn('Active', 'Jobs that run now.', ({ status }) => status.active?.length),
  textColumn(
    'Last Schedule',
    'Time since a job was last started.',
    ({ status }, nowMs) => status.lastScheduleTime && ageOf(status.lastScheduleTime, nowMs),
    '<none>',
  ),
  ageColumn,
  ...containerColumns<CronJob>(({ spec }) => spec.jobTemplate?.spec?.template?.spec?.containers),
  selectorColumn<CronJob>(({ spec }) => spec.jobTemplate?.spec?.selector),
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
  numberColumn('Revision', 'Place of this state in the history.', ({ revision }) => revision, 'string'),
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
    'What is scaled.',
    ({ spec }) => `${spec.scaleTargetRef?.kind ?? ''}/${spec.scaleTargetRef?.name ?? ''}`,
  ),
  textColumn('Targets', 'Measured and wanted values.', metricsText),
  textColumn('MinPods', 'Lower limit of replicas.', ({ spec }) => spec.minReplicas?.toString(), '<unset>'),
  numberColumn('MaxPods', 'Upper limit of replicas.', ({ spec }) => spec.maxReplicas, 'string'),
  numberColumn('Replicas', 'Replicas now.', ({ status }) => status.currentReplicas, 'string'),
  ageColumn,
);

export const scalePrinter = columnPrinter<Scale>(
  nameColumn,
  numberColumn('Desired', 'Replicas wanted.', ({ spec }) => spec.replicas),
  numberColumn('Available', 'Replicas that exist.', ({ status }) => status.replicas),
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

function selectorColumn<T>(selector: (object: T) => LabelSelector | undefined): Column<T> {
  return wide(textColumn('Selector', 'Labels of the pods.', (object) => selectorText(selector(object))));
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
