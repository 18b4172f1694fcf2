import { ApiError, type ApiObject, forbidden, notFound, type ResourceInfo, type ResourceTable } from '@orrery/api';
import type { JsonObject } from '../registry/json-object.ts';
import type { ObjectLookup } from '../registry/object-lookup.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';

const undeletable = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is created in namespaces that do not exist or are on their way out; some namespaces cannot be deleted. */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = 'NamespaceLifecycle';
  private readonly namespaces: ResourceInfo;

  constructor(
    table: ResourceTable,
    private readonly lookup: ObjectLookup,
  ) {
    this.namespaces = table.find('', 'v1', 'namespaces') as ResourceInfo;
  }

  async admit({ operation, info, namespace, name }: AdmissionAttributes): Promise<void> {
    const isNamespace = info.group === '' && info.resource === 'namespaces';
    if (isNamespace) {
      if (operation !== 'DELETE' || !undeletable.has(name)) return;
      throw forbidden(info, name, 'this namespace may not be deleted');
    }
    if (!info.namespaced || operation !== 'CREATE') return;
    const found = await this.lookup.find(this.namespaces, '', namespace);
    if (found === undefined) throw notFound(this.namespaces, namespace);
    if (isTerminating(found.object)) throw terminating(info, name, namespace);
  }
}

function isTerminating(namespace: ApiObject): boolean {
  return (
    namespace.metadata.deletionTimestamp !== undefined || (namespace as JsonObject).status?.phase === 'Terminating'
  );
}

function terminating(info: ResourceInfo, name: string, namespace: string): ApiError {
  const detail = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { status } = forbidden(info, name, detail);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new ApiError({ ...status, details: { ...status.details, causes: [cause] } });
}
