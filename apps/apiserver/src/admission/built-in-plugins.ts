import type { Host } from '@orrery/runtime';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { ObjectStore } from '../registry/object-store.ts';
import type { AdmissionPlugin } from './admission.ts';
import type { AdmissionReader } from './admission-reader.ts';
import { AlwaysAdmit, AlwaysDeny } from './always-answer.ts';
import { CertificateApproval } from './certificates/certificate-approval.ts';
import { CertificateSigning } from './certificates/certificate-signing.ts';
import { CertificateSubjectRestriction } from './certificates/certificate-subject-restriction.ts';
import { ClusterTrustBundleAttest } from './certificates/cluster-trust-bundle-attest.ts';
import { SignerAuthorization } from './certificates/signer-authorization.ts';
import { LimitRanger } from './limit-ranger/limit-ranger.ts';
import { NamespaceExists } from './namespace/namespace-exists.ts';
import { NamespaceLifecycle } from './namespace/namespace-lifecycle.ts';
import { DefaultIngressClass } from './network/default-ingress-class.ts';
import { DenyServiceExternalIPs } from './network/deny-service-external-ips.ts';
import { NodeRestriction } from './node/node-restriction.ts';
import { TaintNodesByCondition } from './node/taint-nodes-by-condition.ts';
import { PodSecurityAdmission } from './pod-security/pod-security-admission.ts';
import { AlwaysPullImages } from './pods/always-pull-images.ts';
import { LimitPodHardAntiAffinityTopology } from './pods/limit-pod-hard-anti-affinity-topology.ts';
import { PodNodeSelector } from './pods/pod-node-selector.ts';
import { PodResizeValidator } from './pods/pod-resize-validator.ts';
import { PodTopologyLabels } from './pods/pod-topology-labels.ts';
import { PriorityAdmission } from './priority/priority-admission.ts';
import { ResourceQuotaAdmission } from './resource-quota/resource-quota-admission.ts';
import { RuntimeClassAdmission } from './runtime-class/runtime-class-admission.ts';
import { ServiceAccountAdmission } from './service-account/service-account-admission.ts';
import { DefaultStorageClass } from './storage/default-storage-class.ts';
import { PersistentVolumeClaimResize } from './storage/persistent-volume-claim-resize.ts';
import { StorageObjectInUseProtection } from './storage/storage-object-in-use-protection.ts';
import { DefaultTolerationSeconds } from './tolerations/default-toleration-seconds.ts';
import { ExtendedResourceToleration } from './tolerations/extended-resource-toleration.ts';
import { PodTolerationRestriction } from './tolerations/pod-toleration-restriction.ts';

/** What plugins are made of. */
export interface PluginDependencies {
  readonly reader: AdmissionReader;
  readonly objects: ObjectStore;
  readonly authorizer: Authorizer;
  readonly host: Host;
}

/** All plugins that are part of the server, whether they run or not. Policies and webhooks come from elsewhere. */
export function builtInPlugins({ reader, objects, authorizer, host }: PluginDependencies): AdmissionPlugin[] {
  const signers = new SignerAuthorization(authorizer);
  return [
    new AlwaysAdmit(),
    new NamespaceLifecycle(reader),
    new NamespaceExists(reader),
    new LimitPodHardAntiAffinityTopology(),
    new LimitRanger(reader),
    new ServiceAccountAdmission(reader, host),
    new NodeRestriction(reader),
    new TaintNodesByCondition(),
    new AlwaysPullImages(),
    new PodSecurityAdmission(reader),
    new PodNodeSelector(reader),
    new PriorityAdmission(reader),
    new DefaultTolerationSeconds(),
    new PodTolerationRestriction(reader),
    new ExtendedResourceToleration(),
    new DefaultStorageClass(reader),
    new StorageObjectInUseProtection(),
    new PersistentVolumeClaimResize(reader),
    new RuntimeClassAdmission(reader),
    new CertificateApproval(signers),
    new CertificateSigning(signers),
    new ClusterTrustBundleAttest(signers),
    new CertificateSubjectRestriction(),
    new DefaultIngressClass(reader),
    new DenyServiceExternalIPs(),
    new PodTopologyLabels(reader),
    new PodResizeValidator(reader),
    new ResourceQuotaAdmission(reader, objects, host.clock),
    new AlwaysDeny(),
  ];
}
