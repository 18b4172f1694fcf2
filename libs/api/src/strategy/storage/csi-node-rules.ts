import { duplicateValue, type FieldError, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { CSINode } from '../../generated/kinds.ts';
import type { CSINodeDriver } from '../../generated/storage-v1.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { validateCsiDriverName } from './volume-source-validators.ts';

const nodeIdLengthMax = 192;
/** An older node may have a longer one still. */
const oldNodeIdLengthMax = 256;

export const csiNodeRules: KindRules<CSINode> = {
  allowsUnconditionalUpdate: false,
  validate: ({ spec }, old) => {
    const drivers = spec.drivers ?? [];
    return drivers.flatMap((driver, i) => {
      const before = old?.spec.drivers?.find(({ name }) => name === driver.name);
      const lengthMax = before && before.nodeID === driver.nodeID ? oldNodeIdLengthMax : nodeIdLengthMax;
      const repeated = drivers.findIndex(({ name }) => name === driver.name) < i;
      return validateDriver(driver, lengthMax, repeated, `spec.drivers[${i}]`);
    });
  },
  validateUpdate: ({ spec }, old) =>
    (old.spec.drivers ?? []).flatMap((before) =>
      (spec.drivers ?? [])
        .filter(({ name }) => name === before.name)
        .flatMap((driver) => validateImmutable(withoutLimits(driver), withoutLimits(before), 'spec.drivers')),
    ),
};

/** How many volumes a driver can attach changes with what else is attached to the node. */
function withoutLimits({ allocatable: _, ...driver }: CSINodeDriver) {
  return driver;
}

function validateDriver(driver: CSINodeDriver, nodeIdLength: number, repeated: boolean, at: string): FieldError[] {
  const { name, nodeID = '', allocatable, topologyKeys = [] } = driver;
  const findings = validateCsiDriverName(name, `${at}.name`);
  if (nodeID === '') findings.push(required(`${at}.nodeID`));
  if (nodeID.length > nodeIdLength) {
    findings.push(invalidValue(`${at}.nodeID`, nodeID, `must be ${nodeIdLength} characters or less`));
  }
  findings.push(...validateNonNegative(allocatable?.count ?? 0, `${at}.allocatable.count`));
  if (repeated) findings.push(duplicateValue(`${at}.name`, name));
  for (const [i, key] of topologyKeys.entries()) {
    if (key === '') findings.push(required(at));
    if (topologyKeys.indexOf(key) < i) findings.push(duplicateValue(at, key));
    findings.push(...invalidTexts(at, key, qualifiedNameErrors(key)));
  }
  return findings;
}
