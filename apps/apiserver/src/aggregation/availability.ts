import type { APIService, APIServiceCondition, EndpointSlice, Service } from '@orrery/api';
import { isReady } from '../webhooks/service-resolver.ts';
import type { RemoteApiService } from './api-services.ts';

/** What is said of an APIService: upstream's reasons and messages. */
export interface Availability {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export const localAvailability: Availability = {
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

export const passed: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

export function failedDiscovery(message: string): Availability {
  return unavailable('FailedDiscoveryCheck', message);
}

/** What is wrong with the Service behind an APIService, as far as that can be told without asking it; `undefined`: nothing. */
export function serviceProblem(
  { spec }: RemoteApiService,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): Availability | undefined {
  const { name, namespace, port } = spec.service;
  const place = `service/${name} in ${JSON.stringify(namespace)}`;
  if (service === undefined) return unavailable('ServiceNotFound', `${place} is not present`);
  if (service.spec.type !== 'ClusterIP') return undefined;
  const servicePort = (service.spec.ports ?? []).find((candidate) => candidate.port === port);
  if (servicePort === undefined) return unavailable('ServicePortError', `${place} is not listening on port ${port}`);
  if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${place}`);
  const portName = servicePort.name ?? '';
  if (slices.some((slice) => hasEndpoint(slice, portName))) return undefined;
  const message = `endpointslices for ${place} have no addresses with port name ${JSON.stringify(portName)}`;
  return unavailable('MissingEndpoints', message);
}

/** The conditions with this availability; the same array where it is said already. A transition is a change of the status alone. */
export function withAvailability(
  conditions: readonly APIServiceCondition[],
  availability: Availability,
  now: string,
): readonly APIServiceCondition[] {
  const old = conditions.find(({ type }) => type === 'Available');
  const { status, reason, message } = availability;
  if (old?.status === status && old.reason === reason && old.message === message) return conditions;
  const lastTransitionTime = old?.status === status && old.lastTransitionTime ? old.lastTransitionTime : now;
  const condition = { type: 'Available', status, lastTransitionTime, reason, message };
  return old === undefined
    ? [...conditions, condition]
    : conditions.map((other) => (other === old ? condition : other));
}

export function conditionsOf({ status }: APIService): readonly APIServiceCondition[] {
  return status?.conditions ?? [];
}

function hasEndpoint({ endpoints = [], ports = [] }: EndpointSlice, portName: string): boolean {
  return endpoints.some(isReady) && ports.some(({ name = '', port }) => name === portName && port !== undefined);
}

function unavailable(reason: string, message: string): Availability {
  return { status: 'False', reason, message };
}
