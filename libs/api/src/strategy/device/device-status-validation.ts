import {
  duplicateValue,
  type FieldError,
  invalidTexts,
  invalidValue,
  tooLong,
  tooMany,
} from '../../errors/field-error.ts';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
} from '../../generated/resource-v1.ts';
import { dnsLabelErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateConditions } from '../condition/condition-validation.ts';
import { canonicalAddressErrors } from '../networking/canonical-ip-validation.ts';
import { validateList, validateSet } from './bounded-list-validation.ts';
import { validateRawObject } from './device-claim-validation.ts';
import { validateDriverName, validatePoolName } from './device-format.ts';

const conditionCountMax = 8;
const dataLengthMax = 10 * 1024;
const interfaceNameLengthMax = 256;
const hardwareAddressLengthMax = 128;
const ipCountMax = 16;
const bindingConditionCountMax = 4;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuidText =
  'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';

/** What makes up the identity of an allocated device. */
type DeviceIdentity = Pick<AllocatedDeviceStatus, 'driver' | 'pool' | 'device' | 'shareID'>;

/** What drivers tell of the devices of a claim: only of those that it has. */
export function validateDeviceStatuses(
  statuses: readonly AllocatedDeviceStatus[],
  allocation: AllocationResult | undefined,
  path: string,
): FieldError[] {
  const allocated = new Set((allocation?.devices?.results ?? []).map(identityText));
  return validateSet(statuses, Number.POSITIVE_INFINITY, path, identityText, (status, at) => [
    ...validateIdentity(status, at),
    ...(allocated.has(identityText(status))
      ? []
      : [invalidValue(at, identityText(status), 'must be an allocated device in the claim')]),
    ...validateStatusConditions(status, `${at}.conditions`),
    ...(status.data === undefined ? [] : validateRawObject(status.data, dataLengthMax, `${at}.data`)),
    ...validateNetworkData(status.networkData, `${at}.networkData`),
  ]);
}

export function validateIdentity({ driver, pool, device = '', shareID }: DeviceIdentity, at: string): FieldError[] {
  return [
    ...validateDriverName(driver, `${at}.driver`),
    ...validatePoolName(pool, `${at}.pool`),
    ...invalidTexts(`${at}.device`, device, dnsLabelErrors(device)),
    ...(shareID === undefined || uuid.test(shareID) ? [] : [invalidValue(`${at}.shareID`, shareID, uuidText)]),
  ];
}

/** Conditions for and against binding go together, and no condition is both. */
export function validateBindingConditions(
  { bindingConditions = [], bindingFailureConditions = [] }: DeviceRequestAllocationResult,
  at: string,
): FieldError[] {
  const field = `${at}.bindingConditions`;
  const failureField = `${at}.bindingFailureConditions`;
  const findings = [
    ...validateNames(bindingConditions, field),
    ...validateNames(bindingFailureConditions, failureField),
  ];
  for (const [i, name] of bindingFailureConditions.entries()) {
    if (!bindingConditions.includes(name)) continue;
    const text = 'bindingFailureConditions must not overlap with bindingConditions';
    findings.push(invalidValue(`${failureField}[${i}]`, name, text));
  }
  if (bindingConditions.length === 0 && bindingFailureConditions.length > 0) {
    const text = 'bindingConditions are required to use bindingFailureConditions';
    findings.push(invalidValue(field, bindingConditions, text));
  }
  if (bindingFailureConditions.length === 0 && bindingConditions.length > 0) {
    const text = 'bindingFailureConditions are required to use bindingConditions';
    findings.push(invalidValue(failureField, bindingFailureConditions, text));
  }
  return findings;
}

function validateNames(names: readonly string[], path: string): FieldError[] {
  return [
    ...validateList(names, bindingConditionCountMax, path, (name, at) =>
      invalidTexts(at, name, qualifiedNameErrors(name)),
    ),
    ...names.flatMap((name, i) => (names.indexOf(name) < i ? [duplicateValue(`${path}[${i}]`, name)] : [])),
  ];
}

function identityText({ driver, pool, device, shareID }: DeviceIdentity): string {
  const id = `${driver}/${pool}/${device}`;
  return shareID === undefined ? id : `${id}/${shareID}`;
}

function validateStatusConditions({ conditions = [] }: AllocatedDeviceStatus, path: string): FieldError[] {
  return [
    ...(conditions.length > conditionCountMax ? [tooMany(path, conditions.length, conditionCountMax)] : []),
    ...validateConditions(conditions, path),
  ];
}

function validateNetworkData(data: NetworkDeviceData | undefined, path: string): FieldError[] {
  if (data === undefined) return [];
  const { interfaceName = '', hardwareAddress = '', ips = [] } = data;
  return [
    ...validateLength(interfaceName, interfaceNameLengthMax, `${path}.interfaceName`),
    ...validateLength(hardwareAddress, hardwareAddressLengthMax, `${path}.hardwareAddress`),
    ...validateSet(
      ips,
      ipCountMax,
      `${path}.ips`,
      (ip) => ip,
      (ip, at) => invalidTexts(at, ip, canonicalAddressErrors(ip)),
    ),
  ];
}

function validateLength(text: string, lengthMax: number, field: string): FieldError[] {
  return Buffer.byteLength(text) > lengthMax ? [tooLong(field, lengthMax)] : [];
}
