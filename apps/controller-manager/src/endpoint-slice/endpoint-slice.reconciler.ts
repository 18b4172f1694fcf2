import { EndpointSlice, keyOf, Node, type ObjectKey, Pod, Service } from '@orrery/api';
import type { Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, watch } from '@orrery/controller';
import { managedBy, managedByLabel, planEndpointSlices, serviceNameLabel } from './plan-endpoint-slices.ts';
import { type ServiceEndpoint, serviceEndpoint } from './service-endpoint.ts';
import { hasEndpoints, podsOfService, servicesOfPod } from './services-of-pod.ts';

const serviceIndex = 'service of managed slice';

/** Lists the pods behind each service with a selector. */
@Reconciler({
  for: Service,
  owns: [EndpointSlice],
  watches: [watch(Pod, servicesOfPod)],
  name: 'endpointslice-controller',
})
export class EndpointSliceReconciler {
  private readonly services: Lister<Service>;
  private readonly pods: Lister<Pod>;
  private readonly nodes: Lister<Node>;
  private readonly slices: Lister<EndpointSlice>;

  constructor(informers: Informers) {
    this.services = informers.for(Service).lister;
    this.pods = informers.for(Pod).lister;
    this.nodes = informers.for(Node).lister;
    this.slices = informers.for(EndpointSlice, { indexes: { [serviceIndex]: serviceOfSlice } }).lister;
  }

  async reconcile(key: ObjectKey, { api, signal }: ReconcileContext): Promise<Outcome> {
    const service = this.services.get(key);
    if (service === undefined || service.metadata.deletionTimestamp !== undefined) return done();
    if (!hasEndpoints(service)) return done();

    const slices = this.slices.byIndex(serviceIndex, `${key.namespace}/${key.name}`);
    const plan = planEndpointSlices(service, this.endpointsOf(service), slices);
    for (const slice of plan.create) {
      if (!signal.aborted) await api.create(EndpointSlice, slice);
    }
    for (const slice of plan.update) {
      if (!signal.aborted) await api.update(EndpointSlice, slice);
    }
    for (const slice of plan.remove) {
      if (!signal.aborted)
        await api.delete(EndpointSlice, keyOf(slice), { preconditions: { uid: slice.metadata.uid } });
    }
    return done();
  }

  private endpointsOf(service: Service): ServiceEndpoint[] {
    return podsOfService(service, this.pods.list(service.metadata.namespace)).flatMap((pod) => {
      const node = this.nodes.get({ namespace: '', name: pod.spec.nodeName ?? '' });
      return serviceEndpoint(service, pod, node) ?? [];
    });
  }
}

function serviceOfSlice({ metadata }: EndpointSlice): string[] {
  if (metadata.labels?.[managedByLabel] !== managedBy) return [];
  return [`${metadata.namespace}/${metadata.labels[serviceNameLabel]}`];
}
