import type * as kinds from '../generated/kinds.ts';
import type { CustomKind } from '../resource/custom-kind.ts';
import type { ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import type { FieldMatcher } from './field-selector.ts';
import { SelectorError } from './selector-error.ts';

type Fields = Record<string, string>;
type FieldReader = (object: ApiObject) => Fields;

/** The selectable fields of each resource beside name and namespace, by group and resource. */
const readers: Readonly<Record<string, FieldReader>> = {
  '/pods': (object) => {
    const { spec, status } = object as kinds.Pod;
    return {
      'spec.nodeName': spec?.nodeName ?? '',
      'spec.restartPolicy': spec?.restartPolicy ?? '',
      'spec.schedulerName': spec?.schedulerName ?? '',
      'spec.serviceAccountName': spec?.serviceAccountName ?? '',
      'spec.hostNetwork': String(spec?.hostNetwork ?? false),
      'status.phase': status?.phase ?? '',
      'status.podIP': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
      'status.podIPs': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
      'status.nominatedNodeName': status?.nominatedNodeName ?? '',
    };
  },
  '/nodes': (object) => ({ 'spec.unschedulable': String((object as kinds.Node).spec?.unschedulable ?? false) }),
  '/namespaces': (object) => ({
    name: object.metadata.name,
    'status.phase': (object as kinds.Namespace).status?.phase ?? '',
  }),
  '/secrets': (object) => ({ type: (object as kinds.Secret).type ?? '' }),
  '/services': (object) => {
    const { spec } = object as kinds.Service;
    return { 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' };
  },
  '/persistentvolumes': (object) => ({ name: object.metadata.name }),
  '/persistentvolumeclaims': (object) => ({ name: object.metadata.name }),
  '/replicationcontrollers': (object) => replicas((object as kinds.ReplicationController).status?.replicas),
  'apps/replicasets': (object) => replicas((object as kinds.ReplicaSet).status?.replicas),
  '/events': (object) => eventFields(object as kinds.Event),
  'events.k8s.io/events': (object) => {
    const fields = eventFields(object as kinds.Event);
    for (const [name, value] of Object.entries(fields)) {
      if (name.startsWith('involvedObject.')) fields[name.replace('involvedObject', 'regarding')] = value;
    }
    return { ...fields, reportingController: fields.reportingComponent ?? '' };
  },
  // Offered by mistake, as upstream does: the kind has no such field.
  'apps/statefulsets': () => ({ 'status.successful': '' }),
  'batch/jobs': (object) => ({ 'status.successful': String((object as kinds.Job).status?.succeeded ?? 0) }),
  'certificates.k8s.io/certificatesigningrequests': (object) => ({
    'spec.signerName': (object as kinds.CertificateSigningRequest).spec?.signerName ?? '',
  }),
  'certificates.k8s.io/clustertrustbundles': (object) => ({
    'spec.signerName': (object as kinds.ClusterTrustBundle).spec?.signerName ?? '',
  }),
  'certificates.k8s.io/podcertificaterequests': (object) => {
    const { spec } = object as kinds.PodCertificateRequest;
    return {
      'spec.signerName': spec?.signerName ?? '',
      'spec.podName': spec?.podName ?? '',
      'spec.nodeName': spec?.nodeName ?? '',
    };
  },
  'resource.k8s.io/resourceslices': (object) => {
    const { spec } = object as kinds.ResourceSlice;
    return { 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' };
  },
};

const emptyObject: ApiObject = {
  apiVersion: '',
  kind: '',
  metadata: { name: '', uid: '', resourceVersion: '', creationTimestamp: '' },
};

/** What of a resource its selectable fields follow from. */
type FieldSource = Pick<ResourceInfo, 'group' | 'resource' | 'custom'>;

/** The selectable fields of an object, in its stored form; of a custom resource in the version of `info`. */
export function fieldsOf(info: FieldSource, object: ApiObject): Record<string, string> {
  return {
    'metadata.name': object.metadata.name,
    'metadata.namespace': object.metadata.namespace ?? '',
    ...(info.custom ? customFields(info.custom, object) : readers[`${info.group}/${info.resource}`]?.(object)),
  };
}

function customFields({ selectableFields }: CustomKind, object: ApiObject): Fields {
  return Object.fromEntries([...selectableFields].map(([name, read]) => [name, read(object)]));
}

/** Throws `SelectorError` with upstream's text where the selector names a field that the resource does not offer. */
export function requireSupportedFields(info: FieldSource, selector: FieldMatcher): void {
  if (selector.empty) return;
  const supported = fieldsOf(info, emptyObject);
  for (const { field } of selector.requirements) {
    if (field in supported) continue;
    const hasOwnFields = info.custom !== undefined || `${info.group}/${info.resource}` in readers;
    throw new SelectorError(
      hasOwnFields
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
}

function replicas(count: number | undefined): Fields {
  return { 'status.replicas': String(count ?? 0) };
}

function eventFields(event: kinds.Event): Fields {
  const { involvedObject: target } = event;
  return {
    'involvedObject.kind': target?.kind ?? '',
    'involvedObject.namespace': target?.namespace ?? '',
    'involvedObject.name': target?.name ?? '',
    'involvedObject.uid': target?.uid ?? '',
    'involvedObject.apiVersion': target?.apiVersion ?? '',
    'involvedObject.resourceVersion': target?.resourceVersion ?? '',
    'involvedObject.fieldPath': target?.fieldPath ?? '',
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent ?? '',
    source: event.source?.component || event.reportingComponent || '',
    type: event.type ?? '',
  };
}
