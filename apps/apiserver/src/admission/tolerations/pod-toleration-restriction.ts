import { Namespace, Pod, type Toleration } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { newObjectOf, objectOf } from '../admission-subject.ts';
import { covers, mergeTolerations } from './merge-tolerations.ts';

const defaultsAnnotation = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const allowedAnnotation = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';

/** Adds the tolerations of the namespace to its pods, and holds them to those that it allows. */
export class PodTolerationRestriction implements AdmissionPlugin {
  readonly name = 'PodTolerationRestriction';

  constructor(private readonly reader: AdmissionReader) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const pod = newObjectOf(attributes, Pod);
    if (pod === undefined) return;
    const defaults = await this.tolerationsOf(attributes, defaultsAnnotation);
    if (defaults.length > 0) pod.spec.tolerations = mergeTolerations(defaults, pod.spec.tolerations ?? []);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const tolerations = objectOf(attributes, Pod)?.spec.tolerations ?? [];
    if (tolerations.length === 0) return;
    const allowed = await this.tolerationsOf(attributes, allowedAnnotation);
    if (allowed.length === 0 || tolerations.every((one) => allowed.some((wide) => covers(wide, one)))) return;
    throw admissionForbidden(
      attributes,
      'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
    );
  }

  private async tolerationsOf(attributes: AdmissionAttributes, annotation: string): Promise<Toleration[]> {
    const namespace = await this.reader.find(Namespace, '', attributes.namespace);
    const text = namespace?.metadata.annotations?.[annotation] ?? '';
    if (text === '') return [];
    try {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value)) return value as Toleration[];
    } catch {
      // Not JSON: refused below, like JSON that is no list.
    }
    throw admissionForbidden(attributes, `annotation ${annotation} of its namespace is not a list of tolerations`);
  }
}
