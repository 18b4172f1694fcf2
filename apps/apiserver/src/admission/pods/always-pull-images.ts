import { Pod } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { isAbout } from '../admission-subject.ts';

/** Images are pulled anew for each pod, so that who may not pull an image cannot use a copy of it. */
export class AlwaysPullImages implements AdmissionPlugin {
  readonly name = 'AlwaysPullImages';

  admit(attributes: AdmissionAttributes): void {
    const { operation, subresource, object } = attributes;
    if (!isAbout(attributes, Pod) || object === undefined) return;
    if (!(subresource === '' && operation === 'CREATE') && subresource !== 'ephemeralcontainers') return;
    const { spec } = object as Pod;
    const containers = [spec.containers, spec.initContainers, spec.ephemeralContainers].flatMap((list) => list ?? []);
    for (const container of containers) container.imagePullPolicy = 'Always';
    for (const { image } of spec.volumes ?? []) if (image !== undefined) image.pullPolicy = 'Always';
  }
}
