import { ApiError, Namespace, notFound } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { isAbout } from '../admission-subject.ts';

const undeletable = new Set(['default', 'kube-system', 'kube-public']);
/** Who asks what he may do learns nothing of namespaces by it. */
const accessReview = 'localsubjectaccessreviews';

/** Nothing is created in namespaces that do not exist or are on their way out; some namespaces cannot be deleted. */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = 'NamespaceLifecycle';

  constructor(private readonly reader: AdmissionReader) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const { operation, info, namespace, name } = attributes;
    if (isAbout(attributes, Namespace)) {
      if (operation !== 'DELETE' || !undeletable.has(name)) return;
      throw admissionForbidden(attributes, 'this namespace may not be deleted');
    }
    if (!info.namespaced || operation !== 'CREATE' || info.resource === accessReview) return;
    const found = await this.reader.find(Namespace, '', namespace);
    if (found === undefined) throw notFound(Namespace, namespace);
    if (isTerminating(found)) throw terminating(attributes);
  }
}

function isTerminating({ metadata, status }: Namespace): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === 'Terminating';
}

function terminating(attributes: AdmissionAttributes): ApiError {
  const { namespace } = attributes;
  const detail = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { status } = admissionForbidden(attributes, detail);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new ApiError({ ...status, details: { ...status.details, causes: [cause] } });
}
