import { apiVersionOf, type ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';

type Fields = Record<string, unknown>;

/** Fields of `Event` that the two groups name differently: core first. */
const eventFields: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
];

/** The same object as another version of its resource serves it. Never changes its argument; the same version gives the same object. */
export function convertVersion(
  object: ApiObject,
  from: Pick<ResourceInfo, 'group' | 'version' | 'kind'>,
  to: Pick<ResourceInfo, 'group' | 'version' | 'kind'>,
): ApiObject {
  if (from.group === to.group && from.version === to.version) return object;
  const converted = { ...object, apiVersion: apiVersionOf(to), kind: to.kind };
  if (to.kind === 'Event') return renameEventFields(converted, to.group === 'events.k8s.io');
  if (to.kind === 'HorizontalPodAutoscaler') {
    return to.version === 'v1' ? autoscalerToV1(converted) : autoscalerToV2(converted);
  }
  return converted;
}

function renameEventFields(event: ApiObject, toEventsGroup: boolean): ApiObject {
  const renamed: Fields = { ...event };
  for (const [core, events] of eventFields) {
    const [source, target] = toEventsGroup ? [core, events] : [events, core];
    if (!(source in renamed)) continue;
    renamed[target] = renamed[source];
    delete renamed[source];
  }
  return renamed as unknown as ApiObject;
}

const autoscalerAnnotations = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
} as const;

interface ResourceMetric {
  type?: string;
  resource?: {
    name?: string;
    target?: { type?: string; averageUtilization?: number };
    current?: { averageUtilization?: number };
  };
}

interface AutoscalerFields {
  spec?: Fields & { metrics?: ResourceMetric[]; behavior?: unknown; targetCPUUtilizationPercentage?: number };
  status?: Fields & {
    currentMetrics?: ResourceMetric[];
    conditions?: unknown[];
    currentCPUUtilizationPercentage?: number;
  };
}

/** v1 knows only CPU utilization: everything else of v2 travels in annotations, as upstream carries it. */
function autoscalerToV1(object: ApiObject): ApiObject {
  const { spec, status } = object as ApiObject & AutoscalerFields;
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  const { metrics = [], behavior, ...v1Spec } = spec ?? {};
  const cpu = metrics.find((metric) => isCpu(metric) && metric.resource?.target?.averageUtilization !== undefined);
  if (cpu) v1Spec.targetCPUUtilizationPercentage = cpu.resource?.target?.averageUtilization;
  const otherMetrics = metrics.filter((metric) => metric !== cpu);
  if (otherMetrics.length > 0) annotations[autoscalerAnnotations.metrics] = JSON.stringify(otherMetrics);
  if (behavior !== undefined) annotations[autoscalerAnnotations.behavior] = JSON.stringify(behavior);

  const { currentMetrics, conditions, ...v1Status } = status ?? {};
  const current = currentMetrics?.find((metric) => isCpu(metric));
  const utilization = current?.resource?.current?.averageUtilization;
  if (utilization !== undefined) v1Status.currentCPUUtilizationPercentage = utilization;
  if (currentMetrics?.length) annotations[autoscalerAnnotations.currentMetrics] = JSON.stringify(currentMetrics);
  if (conditions?.length) annotations[autoscalerAnnotations.conditions] = JSON.stringify(conditions);
  return withAnnotations({ ...object, spec: v1Spec, status: v1Status } as ApiObject, annotations);
}

function autoscalerToV2(object: ApiObject): ApiObject {
  const { spec, status } = object as ApiObject & AutoscalerFields;
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  const take = (name: string): unknown => {
    const text = annotations[name];
    delete annotations[name];
    return text === undefined ? undefined : parsed(text);
  };
  const { targetCPUUtilizationPercentage: target, ...v2Spec } = spec ?? {};
  const metrics: ResourceMetric[] = [];
  if (target !== undefined) {
    metrics.push({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
    });
  }
  const others = take(autoscalerAnnotations.metrics);
  if (Array.isArray(others)) metrics.push(...(others as ResourceMetric[]));
  if (metrics.length > 0) v2Spec.metrics = metrics;
  const behavior = take(autoscalerAnnotations.behavior);
  if (behavior !== undefined) v2Spec.behavior = behavior;

  const { currentCPUUtilizationPercentage: _, ...v2Status } = status ?? {};
  const currentMetrics = take(autoscalerAnnotations.currentMetrics);
  if (Array.isArray(currentMetrics)) v2Status.currentMetrics = currentMetrics as ResourceMetric[];
  const conditions = take(autoscalerAnnotations.conditions);
  if (Array.isArray(conditions)) v2Status.conditions = conditions;
  return withAnnotations({ ...object, spec: v2Spec, status: v2Status } as ApiObject, annotations);
}

function isCpu(metric: ResourceMetric): boolean {
  return metric.type === 'Resource' && metric.resource?.name === 'cpu';
}

function withAnnotations(object: ApiObject, annotations: Record<string, string>): ApiObject {
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata };
}

/** An annotation is a user's text: what does not parse is dropped, as upstream does. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
