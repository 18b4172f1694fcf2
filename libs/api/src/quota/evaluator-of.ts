import { ObjectCountEvaluator, objectCountName } from './object-count-evaluator.ts';
import { persistentVolumeClaimEvaluator } from './persistent-volume-claim-evaluator.ts';
import { podEvaluator } from './pod-evaluator.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';
import { serviceEvaluator } from './service-evaluator.ts';

/** Kinds that were counted under their own name before `count/…` came. */
const countedByName = new Set(['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets']);

const evaluators = new Map<string, QuotaEvaluator>([
  ['pods', podEvaluator],
  ['services', serviceEvaluator],
  ['persistentvolumeclaims', persistentVolumeClaimEvaluator],
]);

/** How objects of a resource use up quota. Events never do: `undefined`. */
export function quotaEvaluatorOf(type: {
  readonly group: string;
  readonly resource: string;
}): QuotaEvaluator | undefined {
  const { group, resource } = type;
  if (resource === 'events' && (group === '' || group === 'events.k8s.io')) return undefined;
  const evaluator = group === '' ? evaluators.get(resource) : undefined;
  if (evaluator !== undefined) return evaluator;
  const alias = group === '' && countedByName.has(resource) ? [resource] : [];
  return new ObjectCountEvaluator([objectCountName(type), ...alias]);
}

/** The resource whose objects a quota counts under this name; `undefined` for amounts of anything else. */
export function countedResourceOf(name: string): { readonly group: string; readonly resource: string } | undefined {
  if (countedByName.has(name)) return { group: '', resource: name };
  const counted = /^count\/([^.]+)(?:\.(.+))?$/.exec(name);
  return counted === null ? undefined : { group: counted[2] ?? '', resource: counted[1] ?? '' };
}
