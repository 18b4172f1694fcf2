import {
  type FieldError,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type { DeviceTaintRule, ResourceSlice } from '../../generated/kinds.ts';
import type {
  Device,
  DeviceAttribute,
  DeviceTaint,
  ResourcePool,
  ResourceSliceSpec,
} from '../../generated/resource-v1.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '../../selectors/label-format.ts';
import { validateRequiredFormat } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { validateNodeSelector } from '../pod/node-selector-validation.ts';
import { validateList, validateSet } from './bounded-list-validation.ts';
import { validateAttributeName, validateDriverName, validatePoolName } from './device-format.ts';

const deviceCountMax = 128;
/** Of devices with taints or counters, which cost more. */
const heavyDeviceCountMax = 64;
const attributeCountMax = 32;
const attributeLengthMax = 64;
const taintCountMax = 16;
const counterSetCountMax = 8;
const effects = ['NoExecute', 'NoSchedule', 'None'];
const semanticVersion =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;
const placesText = '`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`';

export const resourceSliceRules: KindRules<ResourceSlice> = {
  countsGenerations: true,
  prepareForCreate: ({ spec }, { now }) => {
    for (const { taints } of spec.devices ?? []) dateTaints(taints, now);
  },
  prepareForUpdate: ({ spec }, old, { now }) => {
    for (const { name, taints } of spec.devices ?? []) {
      dateTaints(taints, now, old.spec.devices?.find((device) => device.name === name)?.taints);
    }
  },
  validate: ({ spec }, old) => [
    ...validateDriverName(spec.driver, 'spec.driver'),
    ...validatePool(spec.pool, 'spec.pool'),
    ...validatePlace(spec),
    ...validateDevices(spec, old?.spec),
    ...validateSet(
      spec.sharedCounters ?? [],
      counterSetCountMax,
      'spec.sharedCounters',
      ({ name }) => name,
      (set, at) => [
        ...validateRequiredFormat(set.name, dnsLabelErrors, `${at}.name`),
        ...(Object.keys(set.counters ?? {}).length === 0 ? [required(`${at}.counters`)] : []),
      ],
    ),
  ],
  validateUpdate: ({ spec }, { spec: old }) => [
    ...validateImmutable(spec.pool?.name, old.pool?.name, 'spec.pool.name'),
    ...validateImmutable(spec.driver, old.driver, 'spec.driver'),
    ...validateImmutable(spec.nodeName, old.nodeName, 'spec.nodeName'),
  ],
};

export const deviceTaintRuleRules: KindRules<DeviceTaintRule> = {
  countsGenerations: true,
  prepareForCreate: ({ spec }, { now }) => dateTaints(spec.taint && [spec.taint], now),
  prepareForUpdate: ({ spec }, old, { now }) =>
    dateTaints(spec.taint && [spec.taint], now, old.spec.taint && [old.spec.taint]),
  validate: ({ spec }, old) => {
    const { driver, pool, device } = spec.deviceSelector ?? {};
    return [
      ...(driver === undefined ? [] : validateDriverName(driver, 'spec.deviceSelector.driver')),
      ...(pool === undefined ? [] : validatePoolName(pool, 'spec.deviceSelector.pool')),
      ...(device === undefined ? [] : invalidTexts('spec.deviceSelector.device', device, dnsLabelErrors(device))),
      ...validateTaint(spec.taint ?? ({} as DeviceTaint), 'spec.taint', old?.spec.taint),
    ];
  },
};

/** A taint says since when it is there. */
function dateTaints(taints: DeviceTaint[] | undefined, now: string, old: readonly DeviceTaint[] = []): void {
  for (const taint of taints ?? []) {
    const before = old.find(({ key, effect }) => key === taint.key && effect === taint.effect);
    taint.timeAdded ??= before?.timeAdded ?? now;
  }
}

function validatePool(pool: ResourcePool | undefined, path: string): FieldError[] {
  const { name, resourceSliceCount = 0, generation = 0 } = pool ?? {};
  return [
    ...validatePoolName(name, `${path}.name`),
    ...(resourceSliceCount > 0
      ? []
      : [invalidValue(`${path}.resourceSliceCount`, resourceSliceCount, 'must be greater than zero')]),
    ...(generation < 0
      ? [invalidValue(`${path}.generation`, generation, 'must be greater than or equal to zero')]
      : []),
  ];
}

/** Devices are reachable from one node, from some, from all, or each says it for itself. */
function validatePlace(spec: ResourceSliceSpec): FieldError[] {
  const findings: FieldError[] = [];
  const places: string[] = [];
  if (spec.nodeName) {
    places.push('`nodeName`');
    findings.push(...invalidTexts('spec.nodeName', spec.nodeName, dnsSubdomainErrors(spec.nodeName)));
  } else if (spec.nodeName === '') {
    findings.push(invalidValue('spec.nodeName', '', 'must be either unset or set to a non-empty string'));
  }
  if (spec.nodeSelector) {
    places.push('`nodeSelector`');
    findings.push(...validateNodeSelector(spec.nodeSelector, 'spec.nodeSelector'));
    const terms = spec.nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const text = 'must have exactly one node selector term';
      findings.push(invalidValue('spec.nodeSelector.nodeSelectorTerms', terms, text));
    }
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[name]) places.push(`\`${name}\``);
    else if (spec[name] === false) {
      findings.push(invalidValue(`spec.${name}`, false, 'must be either unset or set to true'));
    }
  }
  if (places.length === 0) findings.push(required('spec', `exactly one of ${placesText} is required`));
  if (places.length > 1) {
    const text = `exactly one of ${placesText} is required, but multiple fields are set`;
    findings.push(invalidValue('spec', `{${places.join(', ')}}`, text));
  }
  if (spec.sharedCounters && spec.devices) {
    findings.push(invalidValue('spec', '', 'only one of `sharedCounters` or `devices` is allowed'));
  }
  return findings;
}

function validateDevices({ devices = [] }: ResourceSliceSpec, old: ResourceSliceSpec | undefined): FieldError[] {
  const heavy = devices.some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length);
  const countMax = heavy ? heavyDeviceCountMax : deviceCountMax;
  return validateSet(
    devices,
    countMax,
    'spec.devices',
    ({ name }) => name,
    (device, at) =>
      validateDevice(
        device,
        old?.devices?.find(({ name }) => name === device.name),
        at,
      ),
  );
}

function validateDevice(device: Device, old: Device | undefined, at: string): FieldError[] {
  const { name = '', attributes = {}, capacity = {}, taints = [] } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  const text = `the total number of attributes and capacities must not exceed ${attributeCountMax}`;
  return [
    ...invalidTexts(`${at}.name`, name, dnsLabelErrors(name)),
    ...(count > attributeCountMax ? [invalidValue(at, count, text)] : []),
    ...Object.entries(attributes).flatMap(([key, attribute]) => [
      ...validateAttributeName(key, `${at}.attributes[${key}]`),
      ...validateAttribute(attribute, `${at}.attributes[${key}]`),
    ]),
    ...Object.keys(capacity).flatMap((key) => validateAttributeName(key, `${at}.capacity[${key}]`)),
    ...(old && deepEqual(old.taints, device.taints)
      ? []
      : validateList(taints, taintCountMax, `${at}.taints`, (taint, where) => validateTaint(taint, where, undefined))),
  ];
}

function validateAttribute(attribute: DeviceAttribute, at: string): FieldError[] {
  const { string, version } = attribute;
  const given = Object.values(attribute).filter((value) => value !== undefined).length;
  const findings: FieldError[] = [];
  if (string !== undefined && string.length > attributeLengthMax) {
    findings.push(tooLong(`${at}.string`, attributeLengthMax));
  }
  if (version !== undefined && !semanticVersion.test(version)) {
    const text = 'must be a string compatible with semver.org spec 2.0.0';
    findings.push(invalidValue(`${at}.version`, version, text));
  }
  if (version !== undefined && version.length > attributeLengthMax) {
    findings.push(tooLong(`${at}.version`, attributeLengthMax));
  }
  if (given === 1) return findings;
  return [...findings, invalidValue(at, given === 0 ? '' : attribute, 'exactly one value must be specified')];
}

function validateTaint(taint: DeviceTaint, at: string, old: DeviceTaint | undefined): FieldError[] {
  const { key = '', value = '', effect = '' } = taint;
  const findings = [
    ...invalidTexts(`${at}.key`, key, qualifiedNameErrors(key)),
    ...invalidTexts(`${at}.value`, value, labelValueErrors(value)),
  ];
  if (old?.effect === effect) return findings;
  if (effect === '') return [...findings, required(`${at}.effect`)];
  return effects.includes(effect) ? findings : [...findings, notSupported(`${at}.effect`, effect, effects)];
}
