import { type FieldError, invalidTexts, notSupported } from '../../errors/field-error.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';

export const oldestEmulationVersion = 'OldestEmulationVersion';

/** How a lease's holder is chosen: a way that Kubernetes knows, or somebody's own with a prefix. Upstream's path repeats the word. */
export function validateLeaseStrategy(strategy: string, path: string): FieldError[] {
  const field = `${path}.strategy`;
  if (strategy.includes('/')) return invalidTexts(field, strategy, qualifiedNameErrors(strategy));
  return strategy === oldestEmulationVersion ? [] : [notSupported(field, strategy, [oldestEmulationVersion])];
}
