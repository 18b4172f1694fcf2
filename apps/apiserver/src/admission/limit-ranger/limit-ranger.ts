import { LimitRange, PersistentVolumeClaim, Pod } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { isAbout, newObjectOf, objectOf } from '../admission-subject.ts';
import { setDefaultResources } from './default-resources.ts';
import { claimLimitErrors, podLimitErrors } from './limit-constraints.ts';

/** Gives containers the resources that their namespace has for those that state none, and holds pods and claims to its bounds. */
export class LimitRanger implements AdmissionPlugin {
  readonly name = 'LimitRanger';

  constructor(private readonly reader: AdmissionReader) {}

  admit(attributes: AdmissionAttributes): void {
    const pod = limitedPod(attributes);
    if (pod === undefined || isGoing(attributes)) return;
    for (const range of this.rangesOf(attributes)) setDefaultResources(pod, range);
  }

  validate(attributes: AdmissionAttributes): void {
    if (isGoing(attributes)) return;
    const pod = limitedPod(attributes);
    const claim = objectOf(attributes, PersistentVolumeClaim);
    for (const range of this.rangesOf(attributes)) {
      if (pod !== undefined) refuse(attributes, podLimitErrors(range, pod));
      if (claim !== undefined) refuse(attributes, claimLimitErrors(range, claim));
    }
  }

  private rangesOf({ namespace }: AdmissionAttributes): LimitRange[] {
    return namespace === '' ? [] : this.reader.list(LimitRange, namespace);
  }
}

/** Resources of a pod are set when it is made, and by a resize. */
function limitedPod(attributes: AdmissionAttributes): Pod | undefined {
  const { operation, subresource, object } = attributes;
  const isResize = isAbout(attributes, Pod) && operation === 'UPDATE' && subresource === 'resize';
  return isResize ? (object as Pod) : newObjectOf(attributes, Pod);
}

function isGoing({ old }: AdmissionAttributes): boolean {
  return old?.metadata.deletionTimestamp !== undefined;
}

function refuse(attributes: AdmissionAttributes, errors: readonly string[]): void {
  const texts = [...new Set(errors)];
  if (texts.length === 0) return;
  throw admissionForbidden(attributes, texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`);
}
