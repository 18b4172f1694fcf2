import { Node, Pod, parseAmounts, podRequestsInUse } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { isAbout } from '../admission-subject.ts';

const osLabel = 'kubernetes.io/os';

/** A pod is not resized to what its node can never give it. */
export class PodResizeValidator implements AdmissionPlugin {
  readonly name = 'PodResizeValidator';

  constructor(private readonly reader: AdmissionReader) {}

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { operation, subresource, object, old } = attributes;
    if (!isAbout(attributes, Pod) || operation !== 'UPDATE' || subresource !== 'resize') return;
    const pod = object as Pod;
    const { nodeName = '' } = pod.spec;
    if (nodeName === '' || pod.metadata.generation === old?.metadata.generation) return;
    const node = await this.reader.find(Node, '', nodeName);
    if (node === undefined) throw admissionForbidden(attributes, `node ${JSON.stringify(nodeName)} not found`);
    const problem = tooLarge(pod, node) ?? wrongSystem(node);
    if (problem !== undefined) throw admissionForbidden(attributes, problem);
  }
}

function tooLarge(pod: Pod, { status }: Node): string | undefined {
  const requests = podRequestsInUse(pod);
  const allocatable = parseAmounts(status?.allocatable);
  const cpu = [requests.get('cpu')?.milliValue() ?? 0, allocatable.get('cpu')?.milliValue() ?? 0] as const;
  const memory = [requests.get('memory')?.toNumber() ?? 0, allocatable.get('memory')?.toNumber() ?? 0] as const;
  const over = [
    ['cpu', cpu],
    ['memory', memory],
  ] as const;
  const texts = over
    .filter(([, [requested, has]]) => requested > has)
    .map(([name, [requested, has]]) => `${name}, requested: ${requested}, allocatable: ${has}`);
  return texts.length === 0 ? undefined : `Node didn't have enough allocatable resources: ${texts.join('; ')}`;
}

function wrongSystem({ metadata }: Node): string | undefined {
  const system = metadata.labels?.[osLabel] ?? '';
  if (system === 'linux') return undefined;
  return `pod resize is only supported on linux nodes, node ${JSON.stringify(metadata.name)} is ${JSON.stringify(system)}`;
}
