import {
  type ApiObject,
  type Binding,
  badRequest,
  conflict,
  fieldErrorsText,
  type Pod,
  type ResourceInfo,
  unknownFailure,
  validateBindingTarget,
} from '@orrery/api';
import { formatTime, type Host } from '@orrery/runtime';
import { type AdmissionChain, attributesOf } from '../admission/admission.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { negotiate } from '../negotiation/accept.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import type { ObjectDecoder } from '../registry/object-decoder.ts';
import type { CurrentObject, ObjectStore } from '../registry/object-store.ts';
import { MissingObject } from '../registry/object-updater.ts';
import {
  createOptionsOf,
  fieldValidationOf,
  type ResourceContext,
  writeOptionsOf,
} from '../registry/resource-context.ts';

const bindingKind = { group: '', version: 'v1', kind: 'Binding' };

/** `pods/binding` and `bindings`: gives a pod to a node, once. */
export class BindingHandler {
  constructor(
    private readonly pods: ResourceInfo,
    private readonly objects: ObjectStore,
    private readonly decoder: ObjectDecoder,
    private readonly admission: AdmissionChain,
    private readonly host: Host,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    negotiate(context.request.header('accept'), 'plain');
    const { request, target } = context;
    const body = decodeBody(request.body, request.header('content-type'), bindingKind.kind);
    const shaped = this.decoder.shape(body, bindingKind, 'api.core.v1.Binding', fieldValidationOf(request.query));
    const binding = shaped.value as unknown as Binding;
    const name = binding.metadata?.name ?? '';
    if (target.name !== '' && target.name !== name) {
      throw badRequest('name in URL does not match name in Binding object');
    }
    await this.admit(context, binding);
    const findings = validateBindingTarget(binding);
    // Upstream does not make a proper status of these.
    if (findings.length > 0) throw unknownFailure(fieldErrorsText(findings));
    const address = { stored: this.pods, namespace: target.namespace, name };
    await this.objects.change(address, writeOptionsOf(context), (current) => ({
      kind: 'put',
      object: this.bound({ ...context, info: this.pods, target: { ...target, name } }, current, binding),
    }));
    return jsonResponse({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
  }

  private async admit(context: ResourceContext, binding: Binding): Promise<void> {
    const attributes = {
      ...attributesOf(context, writeOptionsOf(context).dryRun),
      operation: 'CREATE' as const,
      object: binding as unknown as ApiObject,
      old: undefined,
      options: createOptionsOf(context),
    };
    await this.admission.admit(attributes);
    await this.admission.validate(attributes);
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
