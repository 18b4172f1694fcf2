import {
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
  Watch,
} from '@kubernetes/client-node';
import { type ApiObject, apiVersionOf, type ObjectKey, type ResourceInfo } from '@orrery/api';
import { EventReader } from './event-reader.ts';
import { type Face, type OpenWatch, type PatchType, pathOf } from './face.ts';

const strategies = {
  merge: PatchStrategy.MergePatch,
  strategic: PatchStrategy.StrategicMergePatch,
  apply: PatchStrategy.ServerSideApply,
} as const;

/** The JavaScript client, which we did not write. */
export class ClientNodeFace implements Face {
  readonly name = 'client-node';
  private readonly config = new KubeConfig();
  private readonly client: KubernetesObjectApi;
  private readonly custom: CustomObjectsApi;

  constructor(kubeconfig: string) {
    this.config.loadFromString(kubeconfig);
    this.client = KubernetesObjectApi.makeApiClient(this.config);
    this.custom = this.config.makeApiClient(CustomObjectsApi);
  }

  patchTypes({ group }: ResourceInfo): readonly PatchType[] {
    return group === '' ? ['merge', 'strategic', 'apply'] : ['merge', 'strategic', 'json', 'apply'];
  }

  create(_: ResourceInfo, object: ApiObject): Promise<ApiObject> {
    return this.client.create(theirs(object)) as unknown as Promise<ApiObject>;
  }

  get(info: ResourceInfo, key: ObjectKey): Promise<ApiObject> {
    return this.client.read(headerOf(info, key)) as unknown as Promise<ApiObject>;
  }

  async list(info: ResourceInfo, namespace: string): Promise<ApiObject[]> {
    const list = await this.client.list(apiVersionOf(info), info.kind, info.namespaced ? namespace : undefined);
    return list.items as unknown as ApiObject[];
  }

  async watch(info: ResourceInfo, namespace: string): Promise<OpenWatch> {
    const path = pathOf(info, { namespace, name: '' });
    let abort = (): void => undefined;
    const reader = new EventReader(() => abort());
    const started = await new Watch(this.config).watch(
      path,
      {},
      (type, object) => reader.add({ type, object }),
      (error) => reader.fail(error instanceof Error ? error : new Error('the watch ended')),
    );
    abort = () => started.abort();
    return reader;
  }

  update(_: ResourceInfo, object: ApiObject): Promise<ApiObject> {
    return this.client.replace(theirs(object)) as unknown as Promise<ApiObject>;
  }

  patch(info: ResourceInfo, key: ObjectKey, type: PatchType, patch: unknown): Promise<ApiObject> {
    if (type === 'json') return this.jsonPatch(info, key, patch);
    const { metadata, ...fields } = patch as Partial<ApiObject>;
    const header = headerOf(info, key);
    // The client takes the address from the body.
    const body = { ...header, ...fields, metadata: { ...metadata, ...header.metadata } };
    const manager = type === 'apply' ? 'contract' : undefined;
    const force = type === 'apply' ? true : undefined;
    const patched = this.client.patch(theirs(body), undefined, undefined, manager, force, strategies[type]);
    return patched as unknown as Promise<ApiObject>;
  }

  /** The client's generic part for objects cannot send a list; the one for custom objects sends nothing else, for any group but core. */
  private jsonPatch({ group, version, resource, namespaced }: ResourceInfo, key: ObjectKey, body: unknown) {
    const target = { group, version, plural: resource, name: key.name, body };
    return namespaced
      ? this.custom.patchNamespacedCustomObject({ ...target, namespace: key.namespace })
      : this.custom.patchClusterCustomObject(target);
  }

  async delete(info: ResourceInfo, key: ObjectKey): Promise<void> {
    await this.client.delete(headerOf(info, key));
  }
}

function headerOf(info: ResourceInfo, { namespace, name }: ObjectKey) {
  const scope = info.namespaced ? { namespace } : {};
  return { apiVersion: apiVersionOf(info), kind: info.kind, metadata: { name, ...scope } };
}

/** The client's own type has dates where JSON has texts. */
function theirs(object: unknown): KubernetesObject {
  return object as KubernetesObject;
}
