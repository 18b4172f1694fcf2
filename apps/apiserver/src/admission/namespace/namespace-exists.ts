import { Namespace, notFound } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { AdmissionReader } from '../admission-reader.ts';

/** Nothing happens in namespaces that do not exist. */
export class NamespaceExists implements AdmissionPlugin {
  readonly name = 'NamespaceExists';

  constructor(private readonly reader: AdmissionReader) {}

  async validate({ info, namespace }: AdmissionAttributes): Promise<void> {
    if (!info.namespaced || namespace === '') return;
    if ((await this.reader.find(Namespace, '', namespace)) === undefined) throw notFound(Namespace, namespace);
  }
}
