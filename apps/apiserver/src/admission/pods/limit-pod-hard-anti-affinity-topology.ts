import { Pod } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import { objectOf } from '../admission-subject.ts';

const allowedKey = 'kubernetes.io/hostname';

/** A pod may keep others off its node, not out of its zone. */
export class LimitPodHardAntiAffinityTopology implements AdmissionPlugin {
  readonly name = 'LimitPodHardAntiAffinityTopology';

  validate(attributes: AdmissionAttributes): void {
    const rules = objectOf(attributes, Pod)?.spec.affinity?.podAntiAffinity;
    const wide = rules?.requiredDuringSchedulingIgnoredDuringExecution?.find(
      ({ topologyKey }) => topologyKey !== allowedKey,
    );
    if (wide === undefined) return;
    const detail = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wide.topologyKey} but only key ${allowedKey} is allowed`;
    throw admissionForbidden(attributes, detail);
  }
}
