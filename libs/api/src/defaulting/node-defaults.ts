import type { Node } from '../generated/kinds.ts';

export function defaultNode({ status }: Node): void {
  if (!status.allocatable && status.capacity) status.allocatable = { ...status.capacity };
}
