import { type ApiClient, ApiEventRecorder, type EventRecorder, type Informers } from '@orrery/client';
import type { ReconcilerInstance } from '@orrery/controller';
import type { Host } from '@orrery/runtime';
import type { ControllerManagerConfig } from '../config/controller-manager-config.ts';
import { DeploymentReconciler } from '../deployment/deployment.reconciler.ts';
import { DisruptionReconciler } from '../disruption/disruption.reconciler.ts';
import { EndpointSliceReconciler } from '../endpoint-slice/endpoint-slice.reconciler.ts';
import { EndpointsReconciler } from '../endpoints/endpoints.reconciler.ts';
import { GarbageCollectorReconciler } from '../garbage-collector/garbage-collector.reconciler.ts';
import { NamespaceReconciler } from '../namespace/namespace.reconciler.ts';
import { NodeIpamReconciler } from '../node-ipam/node-ipam.reconciler.ts';
import { NodeLifecycleReconciler } from '../node-lifecycle/node-lifecycle.reconciler.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { PodGarbageCollectorReconciler } from '../pod-gc/pod-garbage-collector.reconciler.ts';
import { PvProtectionReconciler } from '../pv-protection/pv-protection.reconciler.ts';
import { PvcProtectionReconciler } from '../pvc-protection/pvc-protection.reconciler.ts';
import { ReplicaSetReconciler } from '../replica-set/replica-set.reconciler.ts';
import { ReplicationControllerReconciler } from '../replication-controller/replication-controller.reconciler.ts';
import { ResourceQuotaReconciler } from '../resource-quota/resource-quota.reconciler.ts';
import { RootCaReconciler } from '../root-ca/root-ca.reconciler.ts';
import { ServiceAccountReconciler } from '../service-account/service-account.reconciler.ts';
import { TaintEvictionReconciler } from '../taint-eviction/taint-eviction.reconciler.ts';
import { VacProtectionReconciler } from '../vac-protection/vac-protection.reconciler.ts';

/** What controllers are made of. */
export interface ControllerDependencies {
  readonly config: ControllerManagerConfig;
  readonly api: ApiClient;
  readonly informers: Informers;
  readonly graph: ObjectGraph;
  readonly host: Host;
}

/** All controllers, by upstream's names. */
export const controllers: Readonly<Record<string, (from: ControllerDependencies) => ReconcilerInstance>> = {
  'deployment-controller': (from) =>
    new DeploymentReconciler(from.informers, events(from, 'deployment-controller'), from.host.clock),
  'replicaset-controller': (from) =>
    new ReplicaSetReconciler(from.informers, events(from, 'replicaset-controller'), from.host.clock),
  'replicationcontroller-controller': (from) =>
    new ReplicationControllerReconciler(from.informers, events(from, 'replication-controller'), from.host.clock),
  'disruption-controller': (from) =>
    new DisruptionReconciler(from.informers, events(from, 'controllermanager'), from.host.clock),
  'resourcequota-controller': ({ informers, graph, host }) => new ResourceQuotaReconciler(informers, graph, host.clock),
  'persistentvolumeclaim-protection-controller': ({ informers }) => new PvcProtectionReconciler(informers),
  'persistentvolume-protection-controller': ({ informers }) => new PvProtectionReconciler(informers),
  'volumeattributesclass-protection-controller': ({ informers }) => new VacProtectionReconciler(informers),
  'endpointslice-controller': ({ informers }) => new EndpointSliceReconciler(informers),
  'endpoints-controller': ({ informers }) => new EndpointsReconciler(informers),
  'namespace-controller': ({ informers, graph, host }) => new NamespaceReconciler(informers, graph, host.clock),
  'serviceaccount-controller': ({ informers }) => new ServiceAccountReconciler(informers),
  'root-ca-certificate-publisher-controller': ({ informers, config }) =>
    new RootCaReconciler(informers, config.certificateAuthority),
  'node-ipam-controller': (from) =>
    new NodeIpamReconciler(from.informers, events(from, 'cidrAllocator'), from.config.clusterCidr),
  'node-lifecycle-controller': (from) =>
    new NodeLifecycleReconciler(from.informers, events(from, 'node-controller'), from.host.clock),
  'taint-eviction-controller': (from) =>
    new TaintEvictionReconciler(from.informers, events(from, 'taint-eviction-controller'), from.host.clock),
  'garbage-collector-controller': ({ graph }) => new GarbageCollectorReconciler(graph),
  'pod-garbage-collector-controller': ({ informers, host }) => new PodGarbageCollectorReconciler(informers, host.clock),
};

function events({ api, host }: ControllerDependencies, component: string): EventRecorder {
  return new ApiEventRecorder(api, host, { component });
}
