import type { Pod, Toleration } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';
const tolerationSeconds = 300;

/** A pod stays five minutes on a node that is not ready or cannot be reached, unless it says otherwise. */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = 'DefaultTolerationSeconds';

  admit({ info, operation, subresource, object }: AdmissionAttributes): void {
    if (info.group !== '' || info.resource !== 'pods' || operation === 'DELETE' || subresource !== '') return;
    const pod = object as Pod;
    for (const key of [notReady, unreachable]) {
      const tolerations = pod.spec.tolerations ?? [];
      if (tolerations.some((toleration) => tolerates(toleration, key))) continue;
      pod.spec.tolerations = [...tolerations, { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }];
    }
  }
}

function tolerates({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === 'NoExecute');
}
