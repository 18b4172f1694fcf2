import type { HorizontalPodAutoscaler as HorizontalPodAutoscalerV1 } from '../generated/autoscaling-v1.ts';
import type { HorizontalPodAutoscaler } from '../generated/autoscaling-v2.ts';
import { apiVersionOf, type ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { autoscalerToV1, autoscalerToV2 } from './convert-autoscaler.ts';
import { convertDeviceVersion } from './convert-device-version.ts';

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
    return to.version === 'v1'
      ? autoscalerToV1(converted as HorizontalPodAutoscaler)
      : autoscalerToV2(converted as HorizontalPodAutoscalerV1);
  }
  if (to.group === 'resource.k8s.io') return convertDeviceVersion(converted, from.version, to.version);
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
