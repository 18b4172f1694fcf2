import type { ResourceInfo } from '../resource/resource-table.ts';
import { FieldSet } from './field-set.ts';
import { fieldElement, fieldPath, type PathElement } from './path-element.ts';

/** Drops from a set the fields that a write cannot change, so that nobody comes to own them by trying. */
export type SettableFields = (set: FieldSet) => FieldSet;

/** What writes of a resource, or of one of its subresources (`''`: the object itself), can set. */
export function settableFields(info: ResourceInfo, subresource: string): SettableFields {
  const key = `${info.storage.group}/${info.resource}/${subresource}`;
  const special = specialFields[key];
  if (special !== undefined) return special;
  if (subresource === 'status') return info.custom === undefined ? without('spec') : only([['status']]);
  const hasStatus = info.subresources.some(({ name }) => name === 'status');
  return hasStatus ? without('status') : everything;
}

const everything: SettableFields = (set) => set;

/** `*` is any step. */
const anyStep = '*';

const specialFields: Readonly<Record<string, SettableFields>> = {
  '/pods/status': without('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'),
  '/pods/ephemeralcontainers': only([['spec', 'ephemeralContainers']]),
  '/pods/resize': only(
    ['containers', 'initContainers'].flatMap((list) => [
      ['spec', list, anyStep, 'resources'],
      ['spec', list, anyStep, 'resizePolicy'],
    ]),
  ),
  'apps/deployments/status': without('spec', 'metadata.labels'),
  'apiextensions.k8s.io/customresourcedefinitions/status': without('spec', 'metadata'),
  'certificates.k8s.io/certificatesigningrequests/': without('status'),
  'certificates.k8s.io/certificatesigningrequests/status': without('spec', 'status.conditions'),
  'certificates.k8s.io/certificatesigningrequests/approval': without('spec', 'status.certificate'),
};

function without(...paths: readonly string[]): SettableFields {
  const reset = FieldSet.of(...paths.map((path) => fieldPath(...path.split('.'))));
  return (set) => set.recursiveDifference(reset);
}

function only(patterns: readonly (readonly string[])[]): SettableFields {
  const steps = patterns.map((pattern) => pattern.map((step) => (step === anyStep ? anyStep : fieldElement(step))));
  return (set) => matching(set, steps);
}

/** The paths that begin with a pattern, and those on the way to it. */
function matching(set: FieldSet, patterns: readonly (readonly PathElement[])[]): FieldSet {
  if (patterns.some((pattern) => pattern.length === 0)) return set;
  const below = (element: PathElement) =>
    patterns.filter(([head]) => head === anyStep || head === element).map((pattern) => pattern.slice(1));
  const result = new FieldSet();
  for (const element of set.members) if (below(element).length > 0) result.members.add(element);
  for (const [element, branch] of set.children) {
    const rest = below(element);
    if (rest.length > 0) result.attach(element, matching(branch, rest));
  }
  return result;
}
