import type * as v2 from '../generated/autoscaling-v2.ts';

/**
 * Metrics of autoscaling/v2 in the older form that annotations of autoscaling/v1 carry. The older types have no name in
 * the served API any more; the fields stand in the order in which upstream writes them.
 */
export type OldMetric = Readonly<Record<string, unknown>> & { readonly type?: string };

type Source = Readonly<Record<string, unknown>>;

const zero = '0';

export function toOldMetric(metric: v2.MetricSpec): OldMetric {
  const { type, object, pods, resource, containerResource, external } = metric;
  return {
    type,
    ...(object && {
      object: {
        target: object.describedObject,
        metricName: object.metric?.name,
        targetValue: object.target?.value ?? zero,
        ...given('selector', object.metric?.selector),
        ...given('averageValue', object.target?.averageValue),
      },
    }),
    ...(pods && {
      pods: {
        metricName: pods.metric?.name,
        targetAverageValue: pods.target?.averageValue ?? zero,
        ...given('selector', pods.metric?.selector),
      },
    }),
    ...(resource && { resource: { name: resource.name, ...oldUtilization(resource.target ?? {}) } }),
    ...(containerResource && {
      containerResource: {
        name: containerResource.name,
        ...oldUtilization(containerResource.target ?? {}),
        container: containerResource.container,
      },
    }),
    ...(external && {
      external: {
        metricName: external.metric?.name,
        ...given('metricSelector', external.metric?.selector),
        ...given('targetValue', external.target?.value),
        ...given('targetAverageValue', external.target?.averageValue),
      },
    }),
  };
}

export function fromOldMetric(metric: OldMetric): v2.MetricSpec {
  const {
    type = '',
    object,
    pods,
    resource,
    containerResource,
    external,
  } = metric as Record<string, Source> & {
    type?: string;
  };
  return {
    type,
    ...(object && {
      object: {
        describedObject: object.target as v2.CrossVersionObjectReference,
        metric: { name: textOf(object.metricName), ...given('selector', object.selector) },
        target: objectTarget(object),
      },
    }),
    ...(pods && {
      pods: {
        metric: { name: textOf(pods.metricName), ...given('selector', pods.selector) },
        target: { type: 'AverageValue', ...given('averageValue', pods.targetAverageValue) },
      },
    }),
    ...(resource && { resource: { name: textOf(resource.name), target: utilizationTarget(resource) } }),
    ...(containerResource && {
      containerResource: {
        name: textOf(containerResource.name),
        container: textOf(containerResource.container),
        target: utilizationTarget(containerResource),
      },
    }),
    ...(external && {
      external: {
        metric: { name: textOf(external.metricName), ...given('selector', external.metricSelector) },
        target: {
          type: external.targetValue === undefined ? 'AverageValue' : 'Value',
          ...given('value', external.targetValue),
          ...given('averageValue', external.targetAverageValue),
        },
      },
    }),
  } as v2.MetricSpec;
}

export function toOldStatus(status: v2.MetricStatus): OldMetric {
  const { type, object, pods, resource, containerResource, external } = status;
  return {
    type,
    ...(object && {
      object: {
        target: object.describedObject,
        metricName: object.metric?.name,
        currentValue: object.current?.value ?? zero,
        ...given('selector', object.metric?.selector),
        ...given('averageValue', object.current?.averageValue),
      },
    }),
    ...(pods && {
      pods: {
        metricName: pods.metric?.name,
        currentAverageValue: pods.current?.averageValue ?? zero,
        ...given('selector', pods.metric?.selector),
      },
    }),
    ...(resource && { resource: { name: resource.name, ...oldCurrent(resource.current ?? {}) } }),
    ...(containerResource && {
      containerResource: {
        name: containerResource.name,
        ...oldCurrent(containerResource.current ?? {}),
        container: containerResource.container,
      },
    }),
    ...(external && {
      external: {
        metricName: external.metric?.name,
        ...given('metricSelector', external.metric?.selector),
        currentValue: external.current?.value ?? zero,
        ...given('currentAverageValue', external.current?.averageValue),
      },
    }),
  };
}

export function fromOldStatus(status: OldMetric): v2.MetricStatus {
  const {
    type = '',
    object,
    pods,
    resource,
    containerResource,
    external,
  } = status as Record<string, Source> & {
    type?: string;
  };
  return {
    type,
    ...(object && {
      object: {
        describedObject: object.target as v2.CrossVersionObjectReference,
        metric: { name: textOf(object.metricName), ...given('selector', object.selector) },
        current: { ...given('value', object.currentValue), ...given('averageValue', object.averageValue) },
      },
    }),
    ...(pods && {
      pods: {
        metric: { name: textOf(pods.metricName), ...given('selector', pods.selector) },
        current: { ...given('averageValue', pods.currentAverageValue) },
      },
    }),
    ...(resource && { resource: { name: textOf(resource.name), current: newCurrent(resource) } }),
    ...(containerResource && {
      containerResource: {
        name: textOf(containerResource.name),
        container: textOf(containerResource.container),
        current: newCurrent(containerResource),
      },
    }),
    ...(external && {
      external: {
        metric: { name: textOf(external.metricName), ...given('selector', external.metricSelector) },
        current: { ...given('value', external.currentValue), ...given('averageValue', external.currentAverageValue) },
      },
    }),
  } as v2.MetricStatus;
}

function objectTarget({ targetValue, averageValue }: Source) {
  if (averageValue === undefined) return { type: 'Value', ...given('value', targetValue) };
  return { type: 'AverageValue', ...given('value', targetValue === zero ? undefined : targetValue), averageValue };
}

function oldUtilization({ averageUtilization, averageValue }: Partial<v2.MetricTarget>) {
  return {
    ...given('targetAverageUtilization', averageUtilization),
    ...given('targetAverageValue', averageValue),
  };
}

function utilizationTarget({ targetAverageUtilization: utilization, targetAverageValue: value }: Source) {
  return {
    type: utilization === undefined ? 'AverageValue' : 'Utilization',
    ...given('averageUtilization', utilization),
    ...given('averageValue', value),
  };
}

function oldCurrent({ averageUtilization, averageValue }: v2.MetricValueStatus) {
  return {
    ...given('currentAverageUtilization', averageUtilization),
    currentAverageValue: averageValue ?? zero,
  };
}

function newCurrent({ currentAverageUtilization, currentAverageValue }: Source) {
  return {
    ...given('averageValue', currentAverageValue),
    ...given('averageUtilization', currentAverageUtilization),
  };
}

function given<K extends string, V>(name: K, value: V | undefined): { [N in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [N in K]?: V });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
