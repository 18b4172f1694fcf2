import { Namespace, Pod } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { newObjectOf } from '../admission-subject.ts';

const annotation = 'scheduler.alpha.kubernetes.io/node-selector';

/** Pods run on the nodes that their namespace names. */
export class PodNodeSelector implements AdmissionPlugin {
  readonly name = 'PodNodeSelector';

  constructor(private readonly reader: AdmissionReader) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const pod = newObjectOf(attributes, Pod);
    const selector = pod && (await this.checked(attributes, pod));
    if (pod === undefined || selector === undefined || Object.keys(selector).length === 0) return;
    pod.spec.nodeSelector = { ...selector, ...pod.spec.nodeSelector };
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const pod = newObjectOf(attributes, Pod);
    if (pod !== undefined) await this.checked(attributes, pod);
  }

  /** What the namespace asks for, where the pod does not ask for something else. */
  private async checked(attributes: AdmissionAttributes, { spec }: Pod): Promise<Record<string, string>> {
    const namespace = await this.reader.find(Namespace, '', attributes.namespace);
    const text = namespace?.metadata.annotations?.[annotation] ?? '';
    const pairs = text.split(',').filter((pair) => pair.trim() !== '');
    const selector = Object.fromEntries(
      pairs.map((pair) => {
        const [key = '', value = ''] = pair.split('=', 2);
        return [key.trim(), value.trim()];
      }),
    );
    if (Object.entries(selector).some(([key, value]) => (spec.nodeSelector?.[key] ?? value) !== value)) {
      throw admissionForbidden(attributes, 'pod node label selector conflicts with its namespace node label selector');
    }
    return selector;
  }
}
