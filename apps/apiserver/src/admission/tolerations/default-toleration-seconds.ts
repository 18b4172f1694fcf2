import { Pod, type Toleration } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { objectOf } from '../admission-subject.ts';

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';
const tolerationSeconds = 300;

/** A pod stays five minutes on a node that is not ready or cannot be reached, unless it says otherwise. */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = 'DefaultTolerationSeconds';

  admit(attributes: AdmissionAttributes): void {
    const pod = objectOf(attributes, Pod);
    if (pod === undefined) return;
    // Decided on the pod as it came: a toleration added for one key must not count for the other.
    const missing = [notReady, unreachable].filter(
      (key) => !pod.spec.tolerations?.some((toleration) => tolerates(toleration, key)),
    );
    if (missing.length === 0) return;
    const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }));
    pod.spec.tolerations = [...(pod.spec.tolerations ?? []), ...added];
  }
}

function tolerates({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === 'NoExecute');
}
