import type { ResourceInfo } from '../resource/resource-table.ts';
import {
  mutatingAdmissionPolicyBindingRules,
  validatingAdmissionPolicyBindingRules,
} from './admission-registration/admission-policy-binding-rules.ts';
import {
  mutatingAdmissionPolicyRules,
  validatingAdmissionPolicyRules,
} from './admission-registration/admission-policy-rules.ts';
import { webhookConfigurationRules } from './admission-registration/webhook-configuration-rules.ts';
import { apiServiceRules } from './api-service/api-service-rules.ts';
import { horizontalPodAutoscalerRules } from './autoscaling/horizontal-pod-autoscaler-rules.ts';
import { bindingRules } from './binding/binding-rules.ts';
import { certificateSigningRequestRules } from './certificates/certificate-signing-request-rules.ts';
import { clusterTrustBundleRules } from './certificates/cluster-trust-bundle-rules.ts';
import { podCertificateRequestRules } from './certificates/pod-certificate-request-rules.ts';
import { configMapRules } from './config/config-map-rules.ts';
import { secretRules } from './config/secret-rules.ts';
import { deviceClassRules, resourceClaimRules, resourceClaimTemplateRules } from './device/device-claim-rules.ts';
import { deviceTaintRuleRules, resourceSliceRules } from './device/resource-slice-rules.ts';
import { endpointSliceRules } from './endpoint-slice/endpoint-slice-rules.ts';
import { endpointsRules } from './endpoints/endpoints-rules.ts';
import { eventRules } from './event/event-rules.ts';
import { flowSchemaRules } from './flow-control/flow-schema-rules.ts';
import { priorityLevelConfigurationRules } from './flow-control/priority-level-configuration-rules.ts';
import { cronJobRules } from './job/cron-job-rules.ts';
import { jobRules } from './job/job-rules.ts';
import type { KindRules } from './kind-rules.ts';
import { leaseCandidateRules } from './lease/lease-candidate-rules.ts';
import { leaseRules } from './lease/lease-rules.ts';
import { limitRangeRules } from './limit-range/limit-range-rules.ts';
import { namespaceRules } from './namespace/namespace-rules.ts';
import { ingressClassRules } from './networking/ingress-class-rules.ts';
import { ingressRules } from './networking/ingress-rules.ts';
import { ipAddressRules } from './networking/ip-address-rules.ts';
import { networkPolicyRules } from './networking/network-policy-rules.ts';
import { serviceCidrRules } from './networking/service-cidr-rules.ts';
import { nodeRules } from './node/node-rules.ts';
import { podRules } from './pod/pod-rules.ts';
import { podTemplateRules } from './pod-template/pod-template-rules.ts';
import { podDisruptionBudgetRules } from './policy/pod-disruption-budget-rules.ts';
import { clusterRoleBindingRules, clusterRoleRules, roleBindingRules, roleRules } from './rbac/rbac-rules.ts';
import { replicationControllerRules } from './replication-controller/replication-controller-rules.ts';
import { resourceQuotaRules } from './resource-quota/resource-quota-rules.ts';
import { runtimeClassRules } from './runtime-class/runtime-class-rules.ts';
import { podGroupRules, workloadRules } from './scheduling/pod-group-rules.ts';
import { priorityClassRules } from './scheduling/priority-class-rules.ts';
import { serviceRules } from './service/service-rules.ts';
import { serviceAccountRules } from './service-account/service-account-rules.ts';
import { csiDriverRules } from './storage/csi-driver-rules.ts';
import { csiNodeRules } from './storage/csi-node-rules.ts';
import { csiStorageCapacityRules } from './storage/csi-storage-capacity-rules.ts';
import { persistentVolumeClaimRules } from './storage/persistent-volume-claim-rules.ts';
import { persistentVolumeRules } from './storage/persistent-volume-rules.ts';
import { storageClassRules } from './storage/storage-class-rules.ts';
import { volumeAttachmentRules } from './storage/volume-attachment-rules.ts';
import { volumeAttributesClassRules } from './storage/volume-attributes-class-rules.ts';
import { storageVersionMigrationRules } from './storage-migration/storage-version-migration-rules.ts';
import { storageVersionRules } from './storage-migration/storage-version-rules.ts';
import { controllerRevisionRules } from './workload/controller-revision-rules.ts';
import { daemonSetRules } from './workload/daemon-set-rules.ts';
import { deploymentRules } from './workload/deployment-rules.ts';
import { replicaSetRules } from './workload/replica-set-rules.ts';
import { statefulSetRules } from './workload/stateful-set-rules.ts';

/** Rules are about objects of their own kind only: the table pairs them. */
type Rules = KindRules<never>;

const noRules: Rules = {};
const countedAndConditional: Rules = { countsGenerations: true, allowsUnconditionalUpdate: false };

/** By group and resource as stored. */
const rulesByResource: Readonly<Record<string, Rules>> = {
  '/bindings': bindingRules,
  '/configmaps': configMapRules,
  '/endpoints': endpointsRules,
  '/events': eventRules,
  '/limitranges': limitRangeRules,
  '/namespaces': namespaceRules,
  '/nodes': nodeRules,
  '/persistentvolumeclaims': persistentVolumeClaimRules,
  '/persistentvolumes': persistentVolumeRules,
  '/pods': podRules,
  '/podtemplates': podTemplateRules,
  '/replicationcontrollers': replicationControllerRules,
  '/resourcequotas': resourceQuotaRules,
  '/secrets': secretRules,
  '/serviceaccounts': serviceAccountRules,
  '/services': serviceRules,
  'admissionregistration.k8s.io/mutatingadmissionpolicies': mutatingAdmissionPolicyRules,
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': mutatingAdmissionPolicyBindingRules,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': webhookConfigurationRules,
  'admissionregistration.k8s.io/validatingadmissionpolicies': validatingAdmissionPolicyRules,
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': validatingAdmissionPolicyBindingRules,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': webhookConfigurationRules,
  'apiextensions.k8s.io/customresourcedefinitions': countedAndConditional,
  'apiregistration.k8s.io/apiservices': apiServiceRules,
  'apps/controllerrevisions': controllerRevisionRules,
  'apps/daemonsets': daemonSetRules,
  'apps/deployments': deploymentRules,
  'apps/replicasets': replicaSetRules,
  'apps/statefulsets': statefulSetRules,
  'autoscaling/horizontalpodautoscalers': horizontalPodAutoscalerRules,
  'batch/cronjobs': cronJobRules,
  'batch/jobs': jobRules,
  'certificates.k8s.io/certificatesigningrequests': certificateSigningRequestRules,
  'certificates.k8s.io/clustertrustbundles': clusterTrustBundleRules,
  'certificates.k8s.io/podcertificaterequests': podCertificateRequestRules,
  'coordination.k8s.io/leasecandidates': leaseCandidateRules,
  'coordination.k8s.io/leases': leaseRules,
  'discovery.k8s.io/endpointslices': endpointSliceRules,
  'flowcontrol.apiserver.k8s.io/flowschemas': flowSchemaRules,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': priorityLevelConfigurationRules,
  'internal.apiserver.k8s.io/storageversions': storageVersionRules,
  'networking.k8s.io/ingressclasses': ingressClassRules,
  'networking.k8s.io/ingresses': ingressRules,
  'networking.k8s.io/ipaddresses': ipAddressRules,
  'networking.k8s.io/networkpolicies': networkPolicyRules,
  'networking.k8s.io/servicecidrs': serviceCidrRules,
  'node.k8s.io/runtimeclasses': runtimeClassRules,
  'policy/poddisruptionbudgets': podDisruptionBudgetRules,
  'rbac.authorization.k8s.io/clusterrolebindings': clusterRoleBindingRules,
  'rbac.authorization.k8s.io/clusterroles': clusterRoleRules,
  'rbac.authorization.k8s.io/rolebindings': roleBindingRules,
  'rbac.authorization.k8s.io/roles': roleRules,
  'resource.k8s.io/deviceclasses': deviceClassRules,
  'resource.k8s.io/devicetaintrules': deviceTaintRuleRules,
  'resource.k8s.io/resourceclaims': resourceClaimRules,
  'resource.k8s.io/resourceclaimtemplates': resourceClaimTemplateRules,
  'resource.k8s.io/resourceslices': resourceSliceRules,
  'scheduling.k8s.io/podgroups': podGroupRules,
  'scheduling.k8s.io/priorityclasses': priorityClassRules,
  'scheduling.k8s.io/workloads': workloadRules,
  'storage.k8s.io/csidrivers': csiDriverRules,
  'storage.k8s.io/csinodes': csiNodeRules,
  'storage.k8s.io/csistoragecapacities': csiStorageCapacityRules,
  'storage.k8s.io/storageclasses': storageClassRules,
  'storage.k8s.io/volumeattachments': volumeAttachmentRules,
  'storage.k8s.io/volumeattributesclasses': volumeAttributesClassRules,
  'storagemigration.k8s.io/storageversionmigrations': storageVersionMigrationRules,
};

export function rulesOf(info: ResourceInfo): KindRules {
  return (rulesByResource[`${info.storage.group}/${info.resource}`] ?? noRules) as KindRules;
}
