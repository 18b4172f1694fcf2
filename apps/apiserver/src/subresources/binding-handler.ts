import { type ApiObject, type Binding, badRequest, conflict, type Pod } from '@orrery/api';
import { formatTime, type Host } from '@orrery/runtime';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import type { ObjectDecoder } from '../registry/object-decoder.ts';
import type { CurrentObject, ObjectStore } from '../registry/object-store.ts';
import { MissingObject } from '../registry/object-updater.ts';
import { fieldValidationOf, type ResourceContext, writeOptionsOf } from '../registry/resource-context.ts';

const bindingKind = { group: '', version: 'v1', kind: 'Binding' };

/** `pods/binding` and `bindings`: gives a pod to a node, once. */
export class BindingHandler {
  constructor(
    private readonly objects: ObjectStore,
    private readonly decoder: ObjectDecoder,
    private readonly host: Host,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { request, target } = context;
    const body = decodeBody(request.body, request.header('content-type'));
    const shaped = this.decoder.shape(body, bindingKind, 'api.core.v1.Binding', fieldValidationOf(request.query));
    const binding = shaped.value as unknown as Binding;
    const name = target.name === '' ? (binding.metadata?.name ?? '') : target.name;
    if ((binding.target?.kind ?? 'Node') !== 'Node') {
      throw badRequest(
        `target.kind: Unsupported value: ${JSON.stringify(binding.target.kind)}: supported values: "Node"`,
      );
    }
    if (!binding.target?.name) throw badRequest('Binding.v1 "" is invalid: target.name: Required value');
    const address = { stored: context.stored, namespace: target.namespace, name };
    await this.objects.change(address, writeOptionsOf(context), (current) => ({
      kind: 'put',
      object: this.bound({ ...context, target: { ...target, name } }, current, binding),
    }));
    return jsonResponse({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
  }

  private bound(context: ResourceContext, current: CurrentObject | undefined, binding: Binding): ApiObject {
    if (current === undefined) throw new MissingObject(context);
    const pod = current.object as Pod;
    const { name } = pod.metadata;
    const refuse = (detail: string) => conflict({ group: '', resource: 'pods/binding' }, name, detail);
    if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata.uid) {
      const detail = `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`;
      throw refuse(detail);
    }
    if (pod.metadata.deletionTimestamp !== undefined)
      throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
    if (pod.spec.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
    pod.spec.nodeName = binding.target.name ?? '';
    pod.metadata.annotations = merged(pod.metadata.annotations, binding.metadata?.annotations);
    pod.metadata.labels = merged(pod.metadata.labels, binding.metadata?.labels);
    pod.status.conditions = scheduled(pod, formatTime(this.host.clock.now()));
    return pod;
  }
}

function merged(
  own: Record<string, string> | undefined,
  added: Record<string, string> | undefined,
): Record<string, string> | undefined {
  return own === undefined && added === undefined ? undefined : { ...own, ...added };
}

function scheduled(pod: Pod, now: string): NonNullable<Pod['status']['conditions']> {
  const others = (pod.status.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  const { generation } = pod.metadata;
  const observedGeneration = generation === undefined ? {} : { observedGeneration: generation };
  return [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: now, ...observedGeneration }];
}
