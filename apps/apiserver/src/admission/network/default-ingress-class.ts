import { Ingress, IngressClass } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { newObjectOf } from '../admission-subject.ts';
import { defaultClassOf } from '../default-class.ts';

const classAnnotation = 'kubernetes.io/ingress.class';
const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class';

/** An Ingress that names no class gets the default one. */
export class DefaultIngressClass implements AdmissionPlugin {
  readonly name = 'DefaultIngressClass';

  constructor(private readonly reader: AdmissionReader) {}

  admit(attributes: AdmissionAttributes): void {
    const ingress = newObjectOf(attributes, Ingress);
    if (ingress === undefined || ingress.spec?.ingressClassName !== undefined) return;
    if (ingress.metadata.annotations?.[classAnnotation] !== undefined) return;
    const chosen = defaultClassOf(this.reader.list(IngressClass), [defaultAnnotation]);
    if (chosen !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: chosen.metadata.name };
  }
}
