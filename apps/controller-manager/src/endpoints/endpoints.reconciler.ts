import { Endpoints, isAlreadyExists, keyOf, type ObjectKey, Pod, Service } from '@orrery/api';
import type { Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, watch } from '@orrery/controller';
import { sameJson } from '../conditions/same-json.ts';
import { hasEndpoints, podsOfService, servicesOfPod } from '../endpoint-slice/services-of-pod.ts';
import { isNamespaceTerminating } from '../namespace/namespace-terminating.ts';
import { planEndpoints } from './plan-endpoints.ts';

/** Keeps the deprecated Endpoints object beside the slices of each service with a selector. */
@Reconciler({
  for: Service,
  watches: [watch(Pod, servicesOfPod), watch(Endpoints, (endpoints) => [keyOf(endpoints)])],
  name: 'endpoints-controller',
})
export class EndpointsReconciler {
  private readonly services: Lister<Service>;
  private readonly pods: Lister<Pod>;
  private readonly endpoints: Lister<Endpoints>;

  constructor(informers: Informers) {
    this.services = informers.for(Service).lister;
    this.pods = informers.for(Pod).lister;
    this.endpoints = informers.for(Endpoints).lister;
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const service = this.services.get(key);
    const current = this.endpoints.get(key);
    if (service === undefined) {
      if (current !== undefined && isOurs(current)) await api.delete(Endpoints, key);
      return done();
    }
    if (!hasEndpoints(service) || service.metadata.deletionTimestamp !== undefined) return done();

    const desired = planEndpoints(service, podsOfService(service, this.pods.list(key.namespace)));
    if (current !== undefined) {
      const same =
        sameJson(desired.subsets, current.subsets) && sameJson(desired.metadata.labels, current.metadata.labels);
      if (same) return done();
      const metadata = { ...current.metadata, labels: desired.metadata.labels };
      await api.update(Endpoints, { ...current, metadata, subsets: desired.subsets });
      return done();
    }
    try {
      await api.create(Endpoints, desired);
    } catch (error) {
      if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
    }
    return done();
  }
}

function isOurs({ metadata }: Endpoints): boolean {
  return metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller';
}
