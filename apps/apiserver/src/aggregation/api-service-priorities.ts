import type { GroupVersion } from '@orrery/api';

/** Where a group version stands in discovery: groups by `group`, the versions of a group by `version`; the highest first. */
export interface ApiServicePriority {
  readonly group: number;
  readonly version: number;
}

/** Upstream's numbers for what the server itself serves: the group's, then those of its versions. */
const builtIn: Readonly<Record<string, readonly [number, Readonly<Record<string, number>>]>> = {
  '': [18_000, { v1: 1 }],
  apps: [17_800, { v1: 15 }],
  'events.k8s.io': [17_750, { v1: 15 }],
  'authentication.k8s.io': [17_700, { v1: 15 }],
  'authorization.k8s.io': [17_600, { v1: 15 }],
  autoscaling: [17_500, { v2: 30, v1: 15 }],
  batch: [17_400, { v1: 15 }],
  'certificates.k8s.io': [17_300, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  'networking.k8s.io': [17_200, { v1: 15, v1beta1: 9 }],
  policy: [17_100, { v1: 15 }],
  'rbac.authorization.k8s.io': [17_000, { v1: 15 }],
  'storage.k8s.io': [16_800, { v1: 15, v1beta1: 9 }],
  'apiextensions.k8s.io': [16_700, { v1: 15 }],
  'admissionregistration.k8s.io': [16_700, { v1: 15, v1beta1: 12, v1alpha1: 9 }],
  'scheduling.k8s.io': [16_600, { v1: 15, v1alpha2: 9 }],
  'coordination.k8s.io': [16_500, { v1: 15, v1beta1: 13, v1alpha2: 12 }],
  'node.k8s.io': [16_300, { v1: 15 }],
  'discovery.k8s.io': [16_200, { v1: 15 }],
  'resource.k8s.io': [16_200, { v1: 20, v1beta2: 15, v1beta1: 9, v1alpha3: 1 }],
  'flowcontrol.apiserver.k8s.io': [16_100, { v1: 21 }],
  'internal.apiserver.k8s.io': [16_000, { v1alpha1: 9 }],
  'storagemigration.k8s.io': [15_800, { v1beta1: 9 }],
};

/** Of all groups that are made of CustomResourceDefinitions. */
export const customPriority: ApiServicePriority = { group: 1_000, version: 100 };

/** `undefined`: not one that the server registers itself, as `apiregistration.k8s.io`, which serves the registrations. */
export function builtInPriority({ group, version }: GroupVersion): ApiServicePriority | undefined {
  const [groupPriority, versions] = builtIn[group] ?? [];
  const versionPriority = versions?.[version];
  if (groupPriority === undefined || versionPriority === undefined) return undefined;
  return { group: groupPriority, version: versionPriority };
}
