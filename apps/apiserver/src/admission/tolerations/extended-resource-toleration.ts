import { isExtendedResource, Pod } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { objectOf } from '../admission-subject.ts';
import { covers } from './merge-tolerations.ts';

/** Pods that ask for a device tolerate the taint of the nodes that have it. */
export class ExtendedResourceToleration implements AdmissionPlugin {
  readonly name = 'ExtendedResourceToleration';

  admit(attributes: AdmissionAttributes): void {
    const pod = objectOf(attributes, Pod);
    if (pod === undefined) return;
    const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
    const names = containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {}));
    for (const key of [...new Set(names)].filter(isExtendedResource).sort()) {
      const added = { key, operator: 'Exists', effect: 'NoSchedule' };
      const tolerations = pod.spec.tolerations ?? [];
      if (tolerations.some((known) => covers(known, added))) continue;
      pod.spec.tolerations = [...tolerations, added];
    }
  }
}
