import type { ResourceClaim, ResourceClaimTemplate, ResourceSlice } from '../generated/kinds.ts';
import type { ResourceClaimSpec } from '../generated/resource-v1.ts';

interface Counted {
  allocationMode?: string;
  count?: number;
}

/** A request as v1beta1 writes it: what later versions have in `exactly` stands in the request itself. */
interface NestedRequest extends Counted {
  deviceClassName?: string;
}

export function defaultResourceClaim({ spec }: ResourceClaim): void {
  defaultClaimSpec(spec);
}

export function defaultResourceClaimTemplate({ spec }: ResourceClaimTemplate): void {
  if (spec.spec) defaultClaimSpec(spec.spec);
}

export function defaultResourceSlice({ spec }: ResourceSlice): void {
  for (const device of spec.devices ?? []) {
    for (const mapping of Object.values(device.nodeAllocatableResourceMappings ?? {})) {
      mapping.allocationMultiplier ??= '1';
    }
  }
}

function defaultClaimSpec({ devices }: ResourceClaimSpec): void {
  for (const request of devices?.requests ?? []) {
    if (request.exactly) defaultCount(request.exactly);
    else if ((request as NestedRequest).deviceClassName) defaultCount(request as NestedRequest);
    for (const alternative of request.firstAvailable ?? []) defaultCount(alternative);
  }
}

function defaultCount(request: Counted): void {
  request.allocationMode ||= 'ExactCount';
  if (request.allocationMode === 'ExactCount') request.count ||= 1;
}
