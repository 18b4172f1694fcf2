import type { EndpointSlice, Endpoints } from '../generated/kinds.ts';

export function defaultEndpoints({ subsets }: Endpoints): void {
  for (const subset of subsets ?? []) {
    for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  }
}

export function defaultEndpointSlice({ ports }: EndpointSlice): void {
  for (const port of ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}
