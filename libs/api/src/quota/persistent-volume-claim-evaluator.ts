import type { PersistentVolumeClaim, ScopedResourceSelectorRequirement } from '../generated/kinds.ts';
import { Quantity } from '../quantity/quantity.ts';
import type { Amounts } from './amounts.ts';
import { objectCountName, one } from './object-count-evaluator.ts';
import type { QuotaEvaluator, QuotaWrite } from './quota-evaluator.ts';
import { matchesScopeValue } from './quota-scopes.ts';

const countName = objectCountName({ group: '', resource: 'persistentvolumeclaims' });
const claims = 'persistentvolumeclaims';
const storage = 'requests.storage';
const classInfix = '.storageclass.storage.k8s.io/';
const classAnnotation = 'volume.beta.kubernetes.io/storage-class';
const attributesScope = 'VolumeAttributesClass';

/** Claims and the storage they request, in all and by storage class. */
export const persistentVolumeClaimEvaluator: QuotaEvaluator = {
  matchingResources: (wanted) =>
    wanted.filter(
      (name) =>
        [countName, claims, storage].includes(name) ||
        name.endsWith(classInfix + claims) ||
        name.endsWith(classInfix + storage),
    ),
  handles,
  usage: (object) => claimUsage(object as PersistentVolumeClaim),
  matchesScope: (requirement, object) => matchesScope(requirement, object as PersistentVolumeClaim),
  missing: () => undefined,
};

function handles({ subresource, object, old }: QuotaWrite): boolean {
  if (subresource === '') return true;
  if (subresource !== 'status' || old === undefined) return false;
  const [after, before] = [object, old] as [PersistentVolumeClaim, PersistentVolumeClaim];
  return (
    after.status?.allocatedResources?.storage !== before.status?.allocatedResources?.storage ||
    attributeClasses(after).join() !== attributeClasses(before).join()
  );
}

function claimUsage(claim: PersistentVolumeClaim): Amounts {
  const usage = new Map([
    [claims, one],
    [countName, one],
  ]);
  const className = claim.metadata.annotations?.[classAnnotation] ?? claim.spec.storageClassName ?? '';
  if (className !== '') usage.set(className + classInfix + claims, one);
  const requested = requestedStorage(claim);
  if (requested === undefined) return usage;
  usage.set(storage, requested);
  if (className !== '') usage.set(className + classInfix + storage, requested);
  return usage;
}

/** Whole bytes: a quota cannot count fractions. What is allocated already counts where it is more. */
function requestedStorage({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const text = spec.resources?.requests?.storage;
  if (text === undefined) return undefined;
  const requested = wholeUnits(Quantity.parse(text));
  const allocatedText = status?.allocatedResources?.storage;
  if (allocatedText === undefined) return requested;
  const allocated = wholeUnits(Quantity.parse(allocatedText));
  return allocated.compare(requested) > 0 ? allocated : requested;
}

function wholeUnits(quantity: Quantity): Quantity {
  return quantity.isWhole ? quantity : Quantity.of(quantity.toNumber(), quantity.format);
}

function matchesScope(requirement: ScopedResourceSelectorRequirement, claim: PersistentVolumeClaim): boolean {
  if (requirement.scopeName !== attributesScope) return false;
  const classes = attributeClasses(claim);
  if (requirement.operator === 'Exists') return classes.length > 0;
  if (classes.length === 0) return matchesScopeValue(requirement, '');
  return classes.some((name) => matchesScopeValue(requirement, name));
}

function attributeClasses({ spec, status }: PersistentVolumeClaim): string[] {
  const names = [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))].sort() as string[];
}
