import type {
  autoscalingV1,
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../generated/kinds.ts';

const shownMax = 2;
const unknown = '<unknown>';

/** Each metric of an autoscaler as `current/target`. Reads autoscaling/v1 as well, which knows only processor utilization. */
export function metricsText(autoscaler: HorizontalPodAutoscaler): string {
  const specs = autoscaler.spec.metrics ?? cpuMetricOfV1(autoscaler);
  const statuses = autoscaler.status.currentMetrics ?? cpuStatusOfV1(autoscaler);
  if (specs.length === 0) return '<none>';
  const texts = specs.map((spec, index) => metricText(spec, statuses[index]));
  const shown = texts.slice(0, shownMax).join(', ');
  return texts.length > shownMax ? `${shown} + ${texts.length - shownMax} more...` : shown;
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return valueText(spec.external?.target, status?.external?.current);
    case 'Object':
      return valueText(spec.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${spec.pods?.target.averageValue ?? ''}`;
    case 'Resource':
      return utilizationText(spec.resource, status?.resource);
    case 'ContainerResource':
      return utilizationText(spec.containerResource, status?.containerResource);
    default:
      return '<unknown type>';
  }
}

function valueText(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  return target?.averageValue !== undefined
    ? `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`
    : `${current?.value ?? unknown}/${target?.value ?? ''}`;
}

function utilizationText(
  metric: { readonly name: string; readonly target: MetricTarget } | undefined,
  status: { readonly current: MetricValueStatus } | undefined,
): string {
  const { name = '', target } = metric ?? {};
  if (target?.averageValue !== undefined) {
    return `${name}: ${status?.current.averageValue ?? unknown}/${target.averageValue}`;
  }
  return `${name}: ${percent(status?.current.averageUtilization, unknown)}/${percent(target?.averageUtilization, '<auto>')}`;
}

function percent(value: number | undefined, otherwise: string): string {
  return value === undefined ? otherwise : `${value}%`;
}

function cpuMetricOfV1({ spec }: { readonly spec: object }): MetricSpec[] {
  const { targetCPUUtilizationPercentage: averageUtilization } = spec as autoscalingV1.HorizontalPodAutoscalerSpec;
  if (averageUtilization === undefined) return [];
  return [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }];
}

function cpuStatusOfV1({ status }: { readonly status: object }): MetricStatus[] {
  const { currentCPUUtilizationPercentage: averageUtilization } = status as autoscalingV1.HorizontalPodAutoscalerStatus;
  if (averageUtilization === undefined) return [];
  return [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } }];
}
