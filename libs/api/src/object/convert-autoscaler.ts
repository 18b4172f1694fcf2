import type * as v1 from '../generated/autoscaling-v1.ts';
import type * as v2 from '../generated/autoscaling-v2.ts';
import { fromOldMetric, fromOldStatus, type OldMetric, toOldMetric, toOldStatus } from './autoscaler-metrics.ts';

/** What v1 has no fields for travels in annotations, as upstream carries it. */
const annotationNames = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
} as const;

const defaultCpuUtilization = 80;

/** Expects a new object of which the parts may be shared: changes none of them. */
export function autoscalerToV1(object: v2.HorizontalPodAutoscaler): v1.HorizontalPodAutoscaler {
  const { metrics = [], behavior, ...spec } = object.spec ?? {};
  const { currentMetrics = [], conditions = [], ...status } = object.status ?? {};
  const first = metrics.find(isCpu);
  const current = currentMetrics.filter(isCpu).at(-1)?.resource?.current?.averageUtilization;
  const target = first?.resource?.target?.averageUtilization;
  const others = metrics.filter(
    (metric) => !isCpu(metric) || metric.resource?.target?.averageUtilization === undefined,
  );
  const annotations = {
    ...object.metadata.annotations,
    ...(others.length > 0 && { [annotationNames.metrics]: JSON.stringify(others.map(toOldMetric)) }),
    ...(currentMetrics.length > 0 && {
      [annotationNames.currentMetrics]: JSON.stringify(currentMetrics.map(toOldStatus)),
    }),
    ...(conditions.length > 0 && { [annotationNames.conditions]: JSON.stringify(conditions) }),
    ...(behavior && { [annotationNames.behavior]: JSON.stringify(withCapitals(behavior)) }),
  };
  return {
    ...withAnnotations(object, annotations),
    spec: { ...spec, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
    status: {
      currentReplicas: 0,
      ...status,
      ...(current !== undefined && { currentCPUUtilizationPercentage: current }),
    },
  } as v1.HorizontalPodAutoscaler;
}

/** As `autoscalerToV1`. Annotations that are malformed count as absent. */
export function autoscalerToV2(object: v1.HorizontalPodAutoscaler): v2.HorizontalPodAutoscaler {
  const annotations = { ...object.metadata.annotations };
  const take = (name: keyof typeof annotationNames): unknown => {
    const text = annotations[annotationNames[name]];
    delete annotations[annotationNames[name]];
    return text === undefined ? undefined : parsed(text);
  };
  const { targetCPUUtilizationPercentage: target, ...spec } = object.spec ?? {};
  const { currentCPUUtilizationPercentage: current, currentReplicas, ...status } = object.status ?? {};
  const metrics = [...listOf(take('metrics')).map(fromOldMetric), ...(target === undefined ? [] : [cpuMetric(target)])];
  const behavior = take('behavior');
  const measured = listOf(take('currentMetrics')).map(fromOldStatus);
  const conditions = take('conditions');
  const currentMetrics = measured.length > 0 || current === undefined ? measured : [cpuStatus(current)];
  return {
    ...withAnnotations(object, annotations),
    spec: {
      ...spec,
      metrics: metrics.length > 0 ? metrics : [cpuMetric(defaultCpuUtilization)],
      ...(isRecord(behavior) && { behavior: withoutCapitals(behavior) }),
    },
    status: {
      ...status,
      ...(currentReplicas && { currentReplicas }),
      ...(currentMetrics.length > 0 && { currentMetrics }),
      ...(Array.isArray(conditions) && { conditions }),
    },
  } as v2.HorizontalPodAutoscaler;
}

function isCpu({ type, resource }: v2.MetricSpec | v2.MetricStatus): boolean {
  return type === 'Resource' && resource?.name === 'cpu';
}

function cpuMetric(averageUtilization: number): v2.MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

function cpuStatus(averageUtilization: number): v2.MetricStatus {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } };
}

function withAnnotations<T extends v1.HorizontalPodAutoscaler | v2.HorizontalPodAutoscaler>(
  object: T,
  annotations: Record<string, string>,
) {
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata };
}

/** An annotation is a user's text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): OldMetric[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The behavior alone is written by the names of its Go fields. */
function withCapitals(value: unknown): unknown {
  return renamed(value, (name) => name.charAt(0).toUpperCase() + name.slice(1));
}

function withoutCapitals(value: unknown): unknown {
  return renamed(value, (name) => name.charAt(0).toLowerCase() + name.slice(1));
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(entries.map(([name, field]) => [rename(name), renamed(field, rename)]));
}
