import { type FieldError, forbiddenField, invalidValue, notSupported } from '../../errors/field-error.ts';
import type { PodSpec } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { validateResourceName } from '../resource-amounts/resource-amounts-validation.ts';
import { isPodLevelResource, podLevelResources } from '../resource-amounts/resource-names.ts';
import { aggregateContainers } from './container-requests.ts';
import { validateResources } from './resources-validation.ts';

/** What a pod as a whole asks for: never less than its containers together, its limits never below one container's. */
export function validatePodResources(spec: PodSpec, claimNames: ReadonlySet<string>, path: string): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  return [
    ...(resources.claims ? [forbiddenField(`${path}.claims`, 'claims cannot be set for Resources at pod-level')] : []),
    ...validateResources(resources, claimNames, path, validatePodResourceName),
    ...validateRequestsCover(spec, path),
    ...validateContainerLimits(spec, path),
  ];
}

function validatePodResourceName(name: string, field: string): FieldError[] {
  const findings = validateResourceName(name, field);
  if (findings.length > 0 || isPodLevelResource(name)) return findings;
  return [notSupported(field, name, podLevelResources)];
}

function validateRequestsCover(spec: PodSpec, path: string): FieldError[] {
  return [...aggregateContainers(spec, 'requests')].flatMap(([name, asked]) => {
    const own = Quantity.tryParse(spec.resources?.requests?.[name] ?? '') ?? Quantity.zero;
    if (asked.compare(own) <= 0) return [];
    const text = `must be greater than or equal to aggregate container requests of ${asked}`;
    return [invalidValue(`${path}.requests[${name}]`, own.toString(), text)];
  });
}

function validateContainerLimits(spec: PodSpec, path: string): FieldError[] {
  return (spec.containers ?? []).flatMap(({ resources }, i) =>
    Object.entries(resources?.limits ?? {}).flatMap(([name, text]) => {
      const limit = Quantity.tryParse(text);
      const most = Quantity.tryParse(spec.resources?.limits?.[name] ?? '');
      if (!limit || !most || limit.compare(most) <= 0) return [];
      const detail = `must be less than or equal to pod limits of ${most}`;
      return [invalidValue(`${path}.containers[${i}][${name}].limits`, limit.toString(), detail)];
    }),
  );
}
