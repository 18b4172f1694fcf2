import type { ResourceInfo } from '../resource/resource-table.ts';
import { horizontalPodAutoscalerRules } from './autoscaling/horizontal-pod-autoscaler-rules.ts';
import { bindingRules } from './binding/binding-rules.ts';
import { configMapRules } from './config/config-map-rules.ts';
import { secretRules } from './config/secret-rules.ts';
import { endpointSliceRules } from './endpoint-slice/endpoint-slice-rules.ts';
import { eventRules } from './event/event-rules.ts';
import { cronJobRules, jobRules } from './job/job-rules.ts';
import type { KindRules } from './kind-rules.ts';
import { leaseRules } from './lease/lease-rules.ts';
import { namespaceRules } from './namespace/namespace-rules.ts';
import { nodeRules } from './node/node-rules.ts';
import { podRules } from './pod/pod-rules.ts';
import { podDisruptionBudgetRules } from './policy/pod-disruption-budget-rules.ts';
import { roleBindingRules, roleRules } from './rbac/rbac-rules.ts';
import { serviceRules } from './service/service-rules.ts';
import { persistentVolumeClaimRules, persistentVolumeRules } from './storage/persistent-volume-rules.ts';
import { daemonSetRules } from './workload/daemon-set-rules.ts';
import { deploymentRules } from './workload/deployment-rules.ts';
import { replicaSetRules, replicationControllerRules } from './workload/replica-set-rules.ts';
import { statefulSetRules } from './workload/stateful-set-rules.ts';

/** Rules are about objects of their own kind only: the table pairs them. */
type Rules = KindRules<never>;

const noRules: Rules = {};
const createdByUpdate: Rules = { allowsCreateOnUpdate: true };
const counted: Rules = { countsGenerations: true };
const countedAndConditional: Rules = { countsGenerations: true, allowsUnconditionalUpdate: false };
const conditional: Rules = { allowsUnconditionalUpdate: false };

/** By group and resource as stored. */
const rulesByResource: Readonly<Record<string, Rules>> = {
  '/bindings': bindingRules,
  '/configmaps': configMapRules,
  '/endpoints': createdByUpdate,
  '/events': eventRules,
  '/limitranges': createdByUpdate,
  '/namespaces': namespaceRules,
  '/nodes': nodeRules,
  '/persistentvolumeclaims': persistentVolumeClaimRules,
  '/persistentvolumes': persistentVolumeRules,
  '/pods': podRules,
  '/podtemplates': counted,
  '/replicationcontrollers': replicationControllerRules,
  '/secrets': secretRules,
  '/services': serviceRules,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': countedAndConditional,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': countedAndConditional,
  'apiextensions.k8s.io/customresourcedefinitions': countedAndConditional,
  'apiregistration.k8s.io/apiservices': conditional,
  'apps/daemonsets': daemonSetRules,
  'apps/deployments': deploymentRules,
  'apps/replicasets': replicaSetRules,
  'apps/statefulsets': statefulSetRules,
  'autoscaling/horizontalpodautoscalers': horizontalPodAutoscalerRules,
  'batch/cronjobs': cronJobRules,
  'batch/jobs': jobRules,
  'coordination.k8s.io/leases': leaseRules,
  'discovery.k8s.io/endpointslices': endpointSliceRules,
  'flowcontrol.apiserver.k8s.io/flowschemas': countedAndConditional,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': countedAndConditional,
  'networking.k8s.io/ingressclasses': counted,
  'networking.k8s.io/ingresses': counted,
  'networking.k8s.io/networkpolicies': counted,
  'node.k8s.io/runtimeclasses': conditional,
  'policy/poddisruptionbudgets': podDisruptionBudgetRules,
  'rbac.authorization.k8s.io/clusterrolebindings': roleBindingRules,
  'rbac.authorization.k8s.io/clusterroles': roleRules,
  'rbac.authorization.k8s.io/rolebindings': roleBindingRules,
  'rbac.authorization.k8s.io/roles': roleRules,
  'storage.k8s.io/csidrivers': conditional,
  'storage.k8s.io/csinodes': conditional,
  'storage.k8s.io/volumeattachments': conditional,
};

export function rulesOf(info: ResourceInfo): KindRules {
  return (rulesByResource[`${info.storage.group}/${info.resource}`] ?? noRules) as KindRules;
}
