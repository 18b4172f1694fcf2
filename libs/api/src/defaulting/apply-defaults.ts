import type * as kinds from '../generated/kinds.ts';
import type { ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { TypeSchemas } from '../schema/type-schemas.ts';
import { zeroValue } from '../schema/zero-value.ts';
import {
  defaultAdmissionPolicy,
  defaultAdmissionPolicyBinding,
  defaultAdmissionPolicyBindingV1Alpha1,
} from './admission-policy-defaults.ts';
import { defaultCronJob } from './cron-job-defaults.ts';
import { defaultCustomResourceDefinition } from './custom-resource-definition-defaults.ts';
import { defaultDaemonSet } from './daemon-set-defaults.ts';
import { defaultDeployment } from './deployment-defaults.ts';
import { defaultResourceClaim, defaultResourceClaimTemplate, defaultResourceSlice } from './device-defaults.ts';
import { defaultEndpointSlice, defaultEndpoints } from './endpoints-defaults.ts';
import { defaultFlowSchema, defaultPriorityLevelConfiguration } from './flow-control-defaults.ts';
import {
  defaultHorizontalPodAutoscaler,
  defaultHorizontalPodAutoscalerV1,
} from './horizontal-pod-autoscaler-defaults.ts';
import { defaultJob } from './job-defaults.ts';
import { defaultLimitRange } from './limit-range-defaults.ts';
import { defaultNamespace } from './namespace-defaults.ts';
import { defaultNetworkPolicy } from './network-policy-defaults.ts';
import { defaultNode } from './node-defaults.ts';
import { defaultPersistentVolume, defaultPersistentVolumeClaim } from './persistent-volume-defaults.ts';
import { defaultPod } from './pod-defaults.ts';
import { defaultPodTemplate } from './pod-template-defaults.ts';
import { defaultClusterRoleBinding } from './rbac-defaults.ts';
import { defaultReplicaSet } from './replica-set-defaults.ts';
import { defaultReplicationController } from './replication-controller-defaults.ts';
import { defaultSecret } from './secret-defaults.ts';
import { defaultService } from './service-defaults.ts';
import { defaultStatefulSet } from './stateful-set-defaults.ts';
import { defaultCsiDriver, defaultStorageClass } from './storage-defaults.ts';
import { defaultMutatingWebhooks, defaultValidatingWebhooks } from './webhook-defaults.ts';

type Defaulter = (object: never) => void;

/** By group, version and kind: defaults belong to the version that the client wrote. */
const defaulters: Readonly<Record<string, Defaulter>> = {
  '/v1/Endpoints': defaultEndpoints,
  '/v1/LimitRange': defaultLimitRange,
  '/v1/Namespace': defaultNamespace,
  '/v1/Node': defaultNode,
  '/v1/PersistentVolume': defaultPersistentVolume,
  '/v1/PersistentVolumeClaim': defaultPersistentVolumeClaim,
  '/v1/Pod': defaultPod,
  '/v1/PodTemplate': (object: kinds.PodTemplate) => {
    object.template = defaultPodTemplate(object.template);
  },
  '/v1/ReplicationController': defaultReplicationController,
  '/v1/Secret': defaultSecret,
  '/v1/Service': defaultService,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': defaultAdmissionPolicy,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': defaultAdmissionPolicyBinding,
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': defaultAdmissionPolicy,
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': defaultAdmissionPolicyBinding,
  'admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy': defaultAdmissionPolicy,
  'admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicyBinding': defaultAdmissionPolicyBinding,
  'admissionregistration.k8s.io/v1alpha1/MutatingAdmissionPolicy': defaultAdmissionPolicy,
  'admissionregistration.k8s.io/v1alpha1/MutatingAdmissionPolicyBinding': defaultAdmissionPolicyBindingV1Alpha1,
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': defaultMutatingWebhooks,
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': defaultValidatingWebhooks,
  'apiextensions.k8s.io/v1/CustomResourceDefinition': defaultCustomResourceDefinition,
  'apiregistration.k8s.io/v1/APIService': (object: kinds.APIService) => {
    if (object.spec.service) object.spec.service.port ??= 443;
  },
  'apps/v1/DaemonSet': defaultDaemonSet,
  'apps/v1/Deployment': defaultDeployment,
  'apps/v1/ReplicaSet': defaultReplicaSet,
  'apps/v1/StatefulSet': defaultStatefulSet,
  'autoscaling/v1/HorizontalPodAutoscaler': defaultHorizontalPodAutoscalerV1,
  'autoscaling/v2/HorizontalPodAutoscaler': defaultHorizontalPodAutoscaler,
  'batch/v1/CronJob': defaultCronJob,
  'batch/v1/Job': defaultJob,
  'discovery.k8s.io/v1/EndpointSlice': defaultEndpointSlice,
  'certificates.k8s.io/v1beta1/PodCertificateRequest': (object: kinds.PodCertificateRequest) => {
    object.spec.maxExpirationSeconds ??= 86_400;
  },
  'flowcontrol.apiserver.k8s.io/v1/FlowSchema': defaultFlowSchema,
  'flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration': defaultPriorityLevelConfiguration,
  'networking.k8s.io/v1/IngressClass': (object: kinds.IngressClass) => {
    if (object.spec.parameters) object.spec.parameters.scope ??= 'Cluster';
  },
  'networking.k8s.io/v1/NetworkPolicy': defaultNetworkPolicy,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': defaultClusterRoleBinding,
  'rbac.authorization.k8s.io/v1/RoleBinding': defaultClusterRoleBinding,
  'resource.k8s.io/v1/ResourceClaim': defaultResourceClaim,
  'resource.k8s.io/v1/ResourceClaimTemplate': defaultResourceClaimTemplate,
  'resource.k8s.io/v1/ResourceSlice': defaultResourceSlice,
  'resource.k8s.io/v1beta2/ResourceClaim': defaultResourceClaim,
  'resource.k8s.io/v1beta2/ResourceClaimTemplate': defaultResourceClaimTemplate,
  'resource.k8s.io/v1beta2/ResourceSlice': defaultResourceSlice,
  'resource.k8s.io/v1beta1/ResourceClaim': defaultResourceClaim,
  'resource.k8s.io/v1beta1/ResourceClaimTemplate': defaultResourceClaimTemplate,
  'resource.k8s.io/v1beta1/ResourceSlice': defaultResourceSlice,
  'scheduling.k8s.io/v1/PriorityClass': (object: kinds.PriorityClass) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  'storage.k8s.io/v1/CSIDriver': defaultCsiDriver,
  'storage.k8s.io/v1/StorageClass': defaultStorageClass,
};

/**
 * Fills in what upstream fills in for an object of this resource and version, and makes sure that `metadata`, `spec` and `status`
 * exist where the kind has them. Expects a value of the right shape (`checkShape`); changes it in place. Idempotent.
 */
export function applyDefaults(info: ResourceInfo, object: ApiObject): void {
  if (info.custom) {
    info.custom.applyDefaults(object);
    return;
  }
  ensureParts(info, object);
  const defaulter = defaulters[`${info.group}/${info.version}/${info.kind}`] as
    | ((object: ApiObject) => void)
    | undefined;
  defaulter?.(object);
}

function ensureParts(info: ResourceInfo, object: ApiObject): void {
  const fields = object as unknown as Record<string, unknown>;
  fields.metadata ??= {};
  if (info.typeName === '') return;
  const schema = TypeSchemas.builtIn().get(info.typeName);
  for (const name of ['spec', 'status']) {
    const type = schema.fields.get(name)?.type;
    if (type?.kind === 'object') fields[name] ??= zeroValue(type);
  }
}
