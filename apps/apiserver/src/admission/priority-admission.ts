import { forbidden, type Pod, type PriorityClass, type ResourceInfo, type ResourceTable } from '@orrery/api';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ObjectLookup } from '../registry/object-lookup.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';

/** Writes the number behind a pod's priority class into the pod. */
export class PriorityAdmission implements AdmissionPlugin {
  readonly name = 'Priority';
  private readonly classes: ResourceInfo;

  constructor(
    table: ResourceTable,
    private readonly lookup: ObjectLookup,
    private readonly cache: ObjectCache,
  ) {
    this.classes = table.find('scheduling.k8s.io', 'v1', 'priorityclasses') as ResourceInfo;
  }

  async admit({ info, operation, subresource, object, name }: AdmissionAttributes): Promise<void> {
    if (info.group !== '' || info.resource !== 'pods' || operation !== 'CREATE' || subresource !== '') return;
    const pod = object as Pod;
    const { priorityClassName = '' } = pod.spec;
    const priorityClass = priorityClassName === '' ? this.globalDefault() : await this.named(priorityClassName);
    if (priorityClassName !== '' && priorityClass === undefined) {
      throw forbidden(info, name, `no PriorityClass with name ${priorityClassName} was found`);
    }
    const priority = priorityClass?.value ?? 0;
    if (pod.spec.priority !== undefined && pod.spec.priority !== priority) {
      const detail = `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`;
      throw forbidden(info, name, detail);
    }
    if (priorityClass !== undefined) pod.spec.priorityClassName = priorityClass.metadata.name;
    pod.spec.priority = priority;
    pod.spec.preemptionPolicy ??= priorityClass?.preemptionPolicy ?? 'PreemptLowerPriority';
  }

  private async named(name: string): Promise<PriorityClass | undefined> {
    return (await this.lookup.find(this.classes, '', name))?.object as PriorityClass | undefined;
  }

  /** The lowest of the classes that call themselves the default, as upstream chooses. */
  private globalDefault(): PriorityClass | undefined {
    const all = this.cache.resource(this.classes.storage.group, this.classes.storage.resource).range('');
    const defaults = all.map((found) => found.object as PriorityClass).filter((found) => found.globalDefault === true);
    return defaults.sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
  }
}
