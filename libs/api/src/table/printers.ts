import * as config from './config-printers.ts';
import * as controlPlane from './control-plane-printers.ts';
import * as network from './network-printers.ts';
import * as node from './node-printers.ts';
import { podPrinter } from './pod-printer.ts';
import type { Printer } from './printer.ts';
import * as security from './security-printers.ts';
import * as storage from './storage-printers.ts';
import * as workload from './workload-printers.ts';

/** The printer of a kind: the same for all versions of its group. Kinds without one get the default columns. */
export function printerOf(group: string, kind: string): Printer | undefined {
  return printers[group]?.[kind];
}

const printers: Readonly<Record<string, Readonly<Record<string, Printer>>>> = {
  '': {
    Pod: podPrinter,
    PodTemplate: workload.podTemplatePrinter,
    ReplicationController: workload.replicationControllerPrinter,
    Node: node.nodePrinter,
    ComponentStatus: node.componentStatusPrinter,
    Service: network.servicePrinter,
    Endpoints: network.endpointsPrinter,
    Namespace: config.namespacePrinter,
    ConfigMap: config.configMapPrinter,
    Secret: config.secretPrinter,
    ServiceAccount: config.serviceAccountPrinter,
    Event: config.eventPrinter,
    ResourceQuota: config.resourceQuotaPrinter,
    PersistentVolume: storage.persistentVolumePrinter,
    PersistentVolumeClaim: storage.persistentVolumeClaimPrinter,
  },
  'admissionregistration.k8s.io': {
    MutatingWebhookConfiguration: security.mutatingWebhookPrinter,
    ValidatingWebhookConfiguration: security.validatingWebhookPrinter,
    ValidatingAdmissionPolicy: security.validatingAdmissionPolicyPrinter,
    ValidatingAdmissionPolicyBinding: security.admissionPolicyBindingPrinter,
    MutatingAdmissionPolicy: security.mutatingAdmissionPolicyPrinter,
    MutatingAdmissionPolicyBinding: security.admissionPolicyBindingPrinter,
  },
  'apiregistration.k8s.io': { APIService: network.apiServicePrinter },
  apps: {
    ControllerRevision: workload.controllerRevisionPrinter,
    DaemonSet: workload.daemonSetPrinter,
    Deployment: workload.deploymentPrinter,
    ReplicaSet: workload.replicaSetPrinter,
    StatefulSet: workload.statefulSetPrinter,
  },
  autoscaling: {
    HorizontalPodAutoscaler: workload.horizontalPodAutoscalerPrinter,
    Scale: workload.scalePrinter,
  },
  batch: { CronJob: workload.cronJobPrinter, Job: workload.jobPrinter },
  'certificates.k8s.io': {
    CertificateSigningRequest: security.certificateSigningRequestPrinter,
    ClusterTrustBundle: security.clusterTrustBundlePrinter,
    PodCertificateRequest: security.podCertificateRequestPrinter,
  },
  'coordination.k8s.io': { Lease: node.leasePrinter, LeaseCandidate: node.leaseCandidatePrinter },
  'discovery.k8s.io': { EndpointSlice: network.endpointSlicePrinter },
  'events.k8s.io': { Event: config.eventPrinter },
  'flowcontrol.apiserver.k8s.io': {
    FlowSchema: controlPlane.flowSchemaPrinter,
    PriorityLevelConfiguration: controlPlane.priorityLevelConfigurationPrinter,
  },
  'internal.apiserver.k8s.io': { StorageVersion: controlPlane.storageVersionPrinter },
  'networking.k8s.io': {
    Ingress: network.ingressPrinter,
    IngressClass: network.ingressClassPrinter,
    IPAddress: network.ipAddressPrinter,
    NetworkPolicy: network.networkPolicyPrinter,
    ServiceCIDR: network.serviceCidrPrinter,
  },
  'node.k8s.io': { RuntimeClass: node.runtimeClassPrinter },
  policy: { PodDisruptionBudget: workload.podDisruptionBudgetPrinter },
  'rbac.authorization.k8s.io': {
    ClusterRoleBinding: security.clusterRoleBindingPrinter,
    RoleBinding: security.roleBindingPrinter,
  },
  'resource.k8s.io': {
    DeviceClass: controlPlane.nameAndAgePrinter,
    DeviceTaintRule: controlPlane.nameAndAgePrinter,
    ResourceClaim: controlPlane.resourceClaimPrinter,
    ResourceClaimTemplate: controlPlane.nameAndAgePrinter,
    ResourcePoolStatusRequest: controlPlane.nameAndAgePrinter,
    ResourceSlice: controlPlane.resourceSlicePrinter,
  },
  'scheduling.k8s.io': {
    PodGroup: controlPlane.nameAndAgePrinter,
    PriorityClass: config.priorityClassPrinter,
    Workload: controlPlane.nameAndAgePrinter,
  },
  'storage.k8s.io': {
    CSIDriver: storage.csiDriverPrinter,
    CSINode: node.csiNodePrinter,
    CSIStorageCapacity: storage.csiStorageCapacityPrinter,
    StorageClass: storage.storageClassPrinter,
    VolumeAttachment: storage.volumeAttachmentPrinter,
    VolumeAttributesClass: storage.volumeAttributesClassPrinter,
  },
  'storagemigration.k8s.io': { StorageVersionMigration: controlPlane.storageVersionMigrationPrinter },
};
