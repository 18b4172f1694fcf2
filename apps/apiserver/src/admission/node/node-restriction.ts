import { CSINode, deepEqual, Lease, Node, Pod } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { isAbout } from '../admission-subject.ts';
import { forbiddenLabelChanges } from './node-labels.ts';

const userPrefix = 'system:node:';
const nodeGroup = 'system:nodes';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const leaseNamespace = 'kube-node-lease';

/** A kubelet writes its own node, its own lease and the pods on its node, and nothing of another's. */
export class NodeRestriction implements AdmissionPlugin {
  readonly name = 'NodeRestriction';

  constructor(private readonly reader: AdmissionReader) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const { user, operation } = attributes;
    if (operation === 'CONNECT' || !user.groups.includes(nodeGroup) || !user.name.startsWith(userPrefix)) return;
    const node = user.name.slice(userPrefix.length);
    const problem = isAbout(attributes, Pod)
      ? await this.podProblem(attributes, node)
      : (nodeProblem(attributes, node) ?? leaseProblem(attributes, node) ?? csiNodeProblem(attributes, node));
    if (problem !== undefined) throw admissionForbidden(attributes, problem);
  }

  private async podProblem(attributes: AdmissionAttributes, node: string): Promise<string | undefined> {
    const { operation, subresource, object, old } = attributes;
    const isOwn = (pod: Pod | undefined) => pod?.spec.nodeName === node;
    const only = (what: string) => `node ${quoted(node)} can only ${what} with spec.nodeName set to itself`;
    switch (subresource) {
      case '':
        if (operation === 'CREATE') return mirrorProblem(object as Pod, node);
        if (operation === 'DELETE') return isOwn(old as Pod | undefined) ? undefined : only('delete pods');
        return `unexpected operation ${quoted(operation)}, node ${quoted(node)} can only create and delete mirror pods`;
      case 'status': {
        if (!isOwn(old as Pod | undefined)) return only('update pod status for pods');
        const isSame = deepEqual(object?.metadata.labels ?? {}, old?.metadata.labels ?? {});
        return isSame ? undefined : `node ${quoted(node)} cannot update labels through pod status`;
      }
      case 'eviction': {
        const pod = await this.reader.find(Pod, attributes.namespace, attributes.name);
        return isOwn(pod) ? undefined : only('evict pods');
      }
      default:
        return `unexpected pod subresource ${quoted(subresource)}, only 'status' and 'eviction' are allowed`;
    }
  }
}

/** The only pods that a kubelet makes show what it runs from its own disk. */
function mirrorProblem({ metadata, spec }: Pod, node: string): string | undefined {
  const own = metadata.ownerReferences ?? [];
  if (metadata.annotations?.[mirrorAnnotation] === undefined) {
    return `pod does not have ${quoted(mirrorAnnotation)} annotation, node ${quoted(node)} can only create mirror pods`;
  }
  if (spec.nodeName !== node) return `node ${quoted(node)} can only create pods with spec.nodeName set to itself`;
  if (own.length > 1 || own.some(({ kind, name }) => kind !== 'Node' || name !== node)) {
    return `node ${quoted(node)} can only create pods with an owner reference set to itself`;
  }
  return undefined;
}

function nodeProblem(attributes: AdmissionAttributes, node: string): string | undefined {
  const { operation, object, old, name } = attributes;
  if (!isAbout(attributes, Node)) return undefined;
  const touched = object?.metadata.name || name;
  if (touched !== node) return `node ${quoted(node)} is not allowed to modify node ${quoted(touched)}`;
  if (object === undefined) return undefined;
  const labels = forbiddenLabelChanges(old?.metadata.labels, object.metadata.labels);
  if (labels.length > 0) {
    const what = operation === 'CREATE' ? 'set' : 'modify';
    return `node ${quoted(node)} is not allowed to ${what} the following labels: ${labels.join(', ')}`;
  }
  const [after, before] = [object, old].map((one) => (one as Node | undefined)?.spec?.taints ?? []);
  const retaints = operation === 'UPDATE' && !deepEqual(after, before);
  return retaints ? `node ${quoted(node)} is not allowed to modify taints` : undefined;
}

function leaseProblem(attributes: AdmissionAttributes, node: string): string | undefined {
  const { namespace, object, name } = attributes;
  if (!isAbout(attributes, Lease)) return undefined;
  if (namespace !== leaseNamespace) return `can only access leases in the ${quoted(leaseNamespace)} system namespace`;
  const touched = object?.metadata.name || name;
  return touched === node ? undefined : 'can only access node lease with the same name as the requesting node';
}

function csiNodeProblem(attributes: AdmissionAttributes, node: string): string | undefined {
  if (!isAbout(attributes, CSINode)) return undefined;
  const touched = attributes.object?.metadata.name || attributes.name;
  return touched === node ? undefined : 'can only access CSINode with the same name as the requesting node';
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
