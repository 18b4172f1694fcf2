import { Pod, parseAmounts, RuntimeClass, sameAmounts } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { newObjectOf } from '../admission-subject.ts';
import { mergeTolerations } from '../tolerations/merge-tolerations.ts';

/** Gives pods the overhead and the nodes of their runtime class. */
export class RuntimeClassAdmission implements AdmissionPlugin {
  readonly name = 'RuntimeClass';

  constructor(private readonly reader: AdmissionReader) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const pod = newObjectOf(attributes, Pod);
    const runtimeClass = pod && (await this.classOf(attributes, pod));
    if (pod === undefined || runtimeClass === undefined) return;
    const { overhead, scheduling } = runtimeClass;
    if (overhead !== undefined) {
      if (pod.spec.overhead !== undefined) this.checkOverhead(attributes, pod, runtimeClass);
      pod.spec.overhead = { ...overhead.podFixed };
    }
    if (scheduling === undefined) return;
    const conflict = Object.entries(scheduling.nodeSelector ?? {}).find(
      ([key, value]) => (pod.spec.nodeSelector?.[key] ?? value) !== value,
    );
    if (conflict !== undefined) {
      const [key, value] = conflict;
      const detail = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${pod.spec.nodeSelector?.[key]}`;
      throw admissionForbidden(attributes, detail);
    }
    if (scheduling.nodeSelector !== undefined) {
      pod.spec.nodeSelector = { ...pod.spec.nodeSelector, ...scheduling.nodeSelector };
    }
    const tolerations = mergeTolerations(pod.spec.tolerations ?? [], scheduling.tolerations ?? []);
    if (tolerations.length > 0) pod.spec.tolerations = tolerations;
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const pod = newObjectOf(attributes, Pod);
    if (pod === undefined) return;
    this.checkOverhead(attributes, pod, await this.classOf(attributes, pod));
  }

  private checkOverhead(attributes: AdmissionAttributes, { spec }: Pod, runtimeClass: RuntimeClass | undefined): void {
    const { overhead } = runtimeClass ?? {};
    if (overhead === undefined) {
      if (spec.overhead === undefined) return;
      const detail = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
      throw admissionForbidden(attributes, detail);
    }
    if (sameAmounts(parseAmounts(overhead.podFixed), parseAmounts(spec.overhead))) return;
    const detail = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
    throw admissionForbidden(attributes, detail);
  }

  private async classOf(attributes: AdmissionAttributes, { spec }: Pod): Promise<RuntimeClass | undefined> {
    if (spec.runtimeClassName === undefined) return undefined;
    const found = await this.reader.find(RuntimeClass, '', spec.runtimeClassName);
    if (found !== undefined) return found;
    const detail = `pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`;
    throw admissionForbidden(attributes, detail);
  }
}
