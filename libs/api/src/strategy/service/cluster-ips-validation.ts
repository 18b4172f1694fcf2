import { duplicateValue, type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { ServiceSpec } from '../../generated/kinds.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { ipFamilyOf, isDualStack, validateIp } from './ip-validation.ts';
import { isHeadless } from './service-needs.ts';

const families = ['IPv4', 'IPv6'];
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const clusterIpsMax = 2;
const field = 'spec.clusterIPs';
const fixedText = 'may not change once set';

/** The addresses of a Service, their families, and how many it wants. Allocation checks this before it gives any away. */
export function validateClusterIps(spec: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [] } = spec;
  const malformed = validateAddresses(clusterIPs);
  const findings = [
    ...validateFirst(spec),
    ...validateFamilies(spec.ipFamilies ?? []),
    ...validateGivenChoice(spec.ipFamilyPolicy, familyPolicies, 'spec.ipFamilyPolicy'),
    ...malformed,
  ];
  if (clusterIPs.length > clusterIpsMax) {
    findings.push(invalidValue(field, clusterIPs, 'may only hold up to 2 values'));
  }
  return malformed.length > 0 ? findings : [...findings, ...validateStacks(spec)];
}

/** `clusterIP` is the first of `clusterIPs`. */
function validateFirst({ clusterIP, clusterIPs = [] }: ServiceSpec): FieldError[] {
  if (!clusterIP) {
    if (clusterIPs.length === 0) return [];
    return [invalidValue(field, clusterIPs, 'must be empty when `clusterIP` is not specified')];
  }
  if (clusterIPs.length === 0) return [required(field)];
  return clusterIPs[0] === clusterIP ? [] : [invalidValue(field, clusterIPs, 'first value must match `clusterIP`')];
}

function validateFamilies(given: readonly string[]): FieldError[] {
  return given.flatMap((family, i) => [
    ...(families.includes(family) ? [] : [notSupported(`spec.ipFamilies[${i}]`, family, families)]),
    ...(given.indexOf(family) < i ? [duplicateValue(`spec.ipFamilies[${i}]`, family)] : []),
  ]);
}

function validateAddresses(ips: readonly string[]): FieldError[] {
  return ips.flatMap((ip, i) => {
    if (i > 0 || ip !== 'None') return validateIp(ip, `${field}[${i}]`);
    return ips.length > 1 ? [invalidValue(field, ips, "'None' must be the first and only value")] : [];
  });
}

function validateStacks(spec: ServiceSpec): FieldError[] {
  const { clusterIPs: ips = [], ipFamilies = [] } = spec;
  if (isHeadless(spec)) return [];
  const findings: FieldError[] = [];
  if (ips.length > 1 && !isDualStack(ips)) {
    findings.push(invalidValue(field, ips, 'may specify no more than one IP for each IP family'));
  }
  for (const [i, ip] of ips.entries()) {
    const family = ipFamilies[i];
    if (family === undefined || !families.includes(family) || family === ipFamilyOf(ip)) continue;
    const text = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    findings.push(invalidValue(`${field}[${i}]`, ip, text));
  }
  return findings;
}

/** Addresses and families stay, but for a second one, which may come and go. */
export function validateClusterIpsUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  const wasHeadless = isHeadless(old);
  const findings = wasHeadless && isHeadless(spec) ? [] : validateKept(spec, old, 'clusterIPs', 'primary clusterIP');
  if (wasHeadless || isHeadless(spec)) return findings;
  return [...findings, ...validateKept(spec, old, 'ipFamilies', 'primary ipFamily')];
}

function validateKept(
  spec: ServiceSpec,
  old: ServiceSpec,
  list: 'clusterIPs' | 'ipFamilies',
  noun: string,
): FieldError[] {
  const before = old[list] ?? [];
  const now = spec[list] ?? [];
  const path = `spec.${list}`;
  if (before.length === now.length) {
    return [...before.entries()]
      .filter(([i, value]) => value !== now[i])
      .map(([i]) => invalidValue(`${path}[${list === 'clusterIPs' ? i : 0}]`, now, fixedText));
  }
  const findings: FieldError[] = [];
  if (now.length === 0) findings.push(invalidValue(`${path}[0]`, now, `${noun} can not be unset`));
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) {
    findings.push(invalidValue(`${path}[0]`, now, fixedText));
  }
  if (now.length === 1 && before.length > 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const released = list === 'clusterIPs' ? 'clusterIP' : 'ipFamily';
    const text = `must be set to 'SingleStack' when releasing the secondary ${released}`;
    findings.push(invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy ?? null, text));
  }
  return findings;
}
