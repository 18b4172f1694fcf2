import { type Binding, Node, Pod } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { isAbout, objectOf } from '../admission-subject.ts';

const topologyLabels = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** A pod carries the zone and region of its node, so that it can know where it runs. */
export class PodTopologyLabels implements AdmissionPlugin {
  readonly name = 'PodTopologyLabels';

  constructor(private readonly reader: AdmissionReader) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const { object } = attributes;
    const nodeName = this.nodeNameOf(attributes);
    if (object === undefined || nodeName === '') return;
    const labels = (await this.reader.find(Node, '', nodeName))?.metadata.labels ?? {};
    const copied = topologyLabels.filter((label) => label in labels).map((label) => [label, labels[label] ?? '']);
    if (copied.length === 0) return;
    object.metadata.labels = { ...Object.fromEntries(copied), ...object.metadata.labels };
  }

  /** A binding hands its labels on to the pod. */
  private nodeNameOf(attributes: AdmissionAttributes): string {
    const { subresource, object } = attributes;
    if (isAbout(attributes, Pod) && subresource === 'binding') {
      const { target } = object as Binding;
      return target.kind === 'Node' ? (target.name ?? '') : '';
    }
    return objectOf(attributes, Pod)?.spec.nodeName ?? '';
  }
}
