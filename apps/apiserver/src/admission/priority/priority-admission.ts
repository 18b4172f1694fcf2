import { Pod, PriorityClass } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { newObjectOf, objectOf } from '../admission-subject.ts';

const defaultPolicy = 'PreemptLowerPriority';

/** Writes the number behind a pod's priority class into the pod, and keeps the default class the only one. */
export class PriorityAdmission implements AdmissionPlugin {
  readonly name = 'Priority';

  constructor(private readonly reader: AdmissionReader) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const pod = objectOf(attributes, Pod);
    if (pod === undefined) return;
    if (attributes.operation === 'UPDATE') keepPriority(pod, attributes.old as Pod);
    else await this.prioritize(pod, attributes);
  }

  validate(attributes: AdmissionAttributes): void {
    const priorityClass = objectOf(attributes, PriorityClass);
    if (priorityClass?.globalDefault !== true) return;
    const current = this.globalDefault();
    if (current === undefined) return;
    const { name } = current.metadata;
    if (newObjectOf(attributes, PriorityClass) === undefined && name === priorityClass.metadata.name) return;
    throw admissionForbidden(
      attributes,
      `PriorityClass ${name} is already marked as default. Only one default can exist`,
    );
  }

  private async prioritize({ spec }: Pod, attributes: AdmissionAttributes): Promise<void> {
    const priorityClass = await this.classFor(spec, attributes);
    if (priorityClass !== undefined) spec.priorityClassName = priorityClass.metadata.name;
    const priority = priorityClass?.value ?? 0;
    if (spec.priority !== undefined && spec.priority !== priority) {
      throw admissionForbidden(
        attributes,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
      );
    }
    spec.priority = priority;
    const policy = priorityClass?.preemptionPolicy ?? defaultPolicy;
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
      throw admissionForbidden(
        attributes,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
      );
    }
    spec.preemptionPolicy = policy;
  }

  private async classFor(
    { priorityClassName = '' }: Pod['spec'],
    attributes: AdmissionAttributes,
  ): Promise<PriorityClass | undefined> {
    if (priorityClassName === '') return this.globalDefault();
    const found = await this.reader.find(PriorityClass, '', priorityClassName);
    if (found === undefined) {
      throw admissionForbidden(attributes, `no PriorityClass with name ${priorityClassName} was found`);
    }
    return found;
  }

  /** The lowest of the classes that call themselves the default, as upstream chooses. */
  private globalDefault(): PriorityClass | undefined {
    const defaults = this.reader.list(PriorityClass).filter(({ globalDefault }) => globalDefault === true);
    return defaults.sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
  }
}

/** Clients that know nothing of the fields send the pod without them. */
function keepPriority(pod: Pod, old: Pod): void {
  pod.spec.priority ??= old.spec.priority;
  pod.spec.preemptionPolicy ??= old.spec.preemptionPolicy;
}
