import {
  type FieldError,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type {
  DeviceClaim,
  DeviceClaimConfiguration,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceToleration,
} from '../../generated/resource-v1.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '../../selectors/label-format.ts';
import { validateRequiredFormat } from '../field-validation.ts';
import { validateList, validateSet } from './bounded-list-validation.ts';
import { validateDriverName, validateFullAttributeName } from './device-format.ts';

/** Upstream's limits of each list. */
const countMax = 32;
const alternativeCountMax = 8;
const expressionLengthMax = 10 * 1024;
const parametersLengthMax = 10 * 1024;
const allocationModes = ['All', 'ExactCount'];
const referenceText =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** A request for devices, alone or as an alternative. */
interface WantedDevices {
  readonly deviceClassName?: string;
  readonly selectors?: readonly DeviceSelector[];
  readonly allocationMode?: string;
  readonly count?: number;
  readonly tolerations?: readonly DeviceToleration[];
}

/** What a claim asks for. Whether selectors compile is judged where CEL is known. */
export function validateDeviceClaim(claim: DeviceClaim, path: string): FieldError[] {
  const names = requestNamesOf(claim);
  return [
    ...validateSet(claim.requests ?? [], countMax, `${path}.requests`, ({ name }) => name, validateRequest),
    ...validateList(claim.constraints ?? [], countMax, `${path}.constraints`, (constraint, at) =>
      validateConstraint(constraint, names, at),
    ),
    ...validateList(claim.config ?? [], countMax, `${path}.config`, (config, at) => validateConfig(config, names, at)),
  ];
}

/** Names by which constraints, configurations and results refer to requests. */
export function requestNamesOf({ requests }: DeviceClaim): ReadonlySet<string> {
  return new Set(
    (requests ?? []).flatMap(({ name, firstAvailable }) => [
      name,
      ...(firstAvailable ?? []).map((alternative) => `${name}/${alternative.name}`),
    ]),
  );
}

export function validateRequestReference(name: string, names: ReadonlySet<string>, field: string): FieldError[] {
  const segments = name.split('/');
  if (segments.length > 2) return [invalidValue(field, name, referenceText)];
  return [
    ...segments.flatMap((segment) => invalidTexts(field, segment, dnsLabelErrors(segment))),
    ...(names.has(name) ? [] : [invalidValue(field, name, referenceText)]),
  ];
}

export function validateSelectors(selectors: readonly DeviceSelector[], path: string): FieldError[] {
  return validateList(selectors, countMax, path, ({ cel }, at) => {
    if (!cel) return [required(`${at}.cel`)];
    const tooLarge = (cel.expression ?? '').length > expressionLengthMax;
    return tooLarge ? [tooLong(`${at}.cel.expression`, expressionLengthMax)] : [];
  });
}

/** Parameters for a driver, opaque to everybody else. */
export function validateConfiguration(
  { opaque }: { readonly opaque?: { readonly driver?: string; readonly parameters?: unknown } },
  path: string,
): FieldError[] {
  if (!opaque) return [required(`${path}.opaque`)];
  return [
    ...validateDriverName(opaque.driver, `${path}.opaque.driver`),
    ...validateRawObject(opaque.parameters, parametersLengthMax, `${path}.opaque.parameters`),
  ];
}

export function validateRawObject(value: unknown, lengthMax: number, field: string): FieldError[] {
  if (value === undefined || value === null) return [required(field)];
  if (JSON.stringify(value).length > lengthMax) return [tooLong(field, lengthMax)];
  if (typeof value === 'object' && !Array.isArray(value)) return [];
  return [invalidValue(field, '<value omitted>', 'must be a valid JSON object')];
}

function validateRequest(request: DeviceRequest, at: string): FieldError[] {
  const { name = '', exactly, firstAvailable = [] } = request;
  const findings = invalidTexts(`${at}.name`, name, dnsLabelErrors(name));
  if (!exactly && firstAvailable.length === 0) {
    return [...findings, required(at, 'exactly one of `exactly` or `firstAvailable` is required')];
  }
  if (exactly && firstAvailable.length > 0) {
    const text = 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set';
    return [...findings, invalidValue(at, null, text)];
  }
  if (exactly) return [...findings, ...validateWanted(exactly, `${at}.exactly`)];
  const path = `${at}.firstAvailable`;
  const alternatives = validateSet(
    firstAvailable,
    alternativeCountMax,
    path,
    (one) => one.name,
    (one, where) => [
      ...invalidTexts(`${where}.name`, one.name ?? '', dnsLabelErrors(one.name ?? '')),
      ...validateWanted(one, where),
    ],
  );
  return [...findings, ...alternatives];
}

function validateWanted(wanted: WantedDevices, path: string): FieldError[] {
  return [
    ...validateRequiredFormat(wanted.deviceClassName, dnsSubdomainErrors, `${path}.deviceClassName`),
    ...validateSelectors(wanted.selectors ?? [], `${path}.selectors`),
    ...validateCount(wanted, path),
    ...(wanted.tolerations ?? []).flatMap((toleration, i) =>
      validateToleration(toleration, `${path}.tolerations[${i}]`),
    ),
  ];
}

function validateCount({ allocationMode: mode = '', count = 0 }: WantedDevices, path: string): FieldError[] {
  if (!allocationModes.includes(mode)) return [notSupported(`${path}.allocationMode`, mode, allocationModes)];
  if (mode === 'ExactCount') {
    return count > 0 ? [] : [invalidValue(`${path}.count`, count, 'must be greater than zero')];
  }
  if (count === 0) return [];
  return [invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'")];
}

function validateToleration({ key, operator = '', value = '', effect }: DeviceToleration, at: string): FieldError[] {
  const findings = key ? invalidTexts(`${at}.key`, key, qualifiedNameErrors(key)) : [];
  switch (operator) {
    case 'Exists':
      if (value !== '') findings.push(invalidValue(`${at}.value`, value, 'must be empty for operator `Exists`'));
      break;
    case 'Equal':
      findings.push(...invalidTexts(`${at}.value`, value, labelValueErrors(value)));
      break;
    case '':
      findings.push(required(`${at}.operator`));
      break;
    default:
      findings.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
  }
  const effects = ['NoExecute', 'NoSchedule', 'None'];
  if (effect && !effects.includes(effect)) findings.push(notSupported(`${at}.effect`, effect, effects));
  return findings;
}

function validateConstraint(
  { requests = [], matchAttribute, distinctAttribute }: DeviceConstraint,
  names: ReadonlySet<string>,
  at: string,
): FieldError[] {
  return [
    ...validateReferences(requests, names, `${at}.requests`),
    ...(matchAttribute !== undefined
      ? validateFullAttributeName(matchAttribute, `${at}.matchAttribute`)
      : distinctAttribute !== undefined
        ? validateFullAttributeName(distinctAttribute, `${at}.distinctAttribute`)
        : [
            required(
              at,
              'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
            ),
          ]),
  ];
}

function validateConfig(config: DeviceClaimConfiguration, names: ReadonlySet<string>, at: string): FieldError[] {
  return [...validateReferences(config.requests ?? [], names, `${at}.requests`), ...validateConfiguration(config, at)];
}

export function validateReferences(
  requests: readonly string[],
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  return validateSet(
    requests,
    countMax,
    path,
    (name) => name,
    (name, at) => validateRequestReference(name, names, at),
  );
}
