import { type FieldError, type IpFamily, invalidValue, ipFamilyOf, type Service, type ServiceSpec } from '@orrery/api';

const policyField = 'spec.ipFamilyPolicy';

/**
 * Fills in `ipFamilies` and `ipFamilyPolicy` of a Service that has IPs, from what it asks for, what it was, and the families that
 * the cluster has (the first one is the default). Gives what does not go together; changes `service`. Expects well-formed cluster IPs.
 */
export function settleIpFamilies(
  { spec }: Service,
  old: Service | undefined,
  configured: readonly IpFamily[],
): FieldError[] {
  if (old !== undefined && staysDualStack(spec, old.spec)) return [];
  spec.ipFamilyPolicy ??= old?.spec.ipFamilyPolicy ?? (isOpenHeadless(spec) ? 'RequireDualStack' : 'SingleStack');
  const findings = [
    ...(old === undefined ? [] : reduce(spec, old.spec)),
    ...checkSingleStack(spec),
    ...inferFamilies(spec, configured),
  ];
  if (findings.length > 0) return findings;
  const [primary = 'IPv4'] = configured;
  if (isOpenHeadless(spec)) {
    // Nobody but its endpoints has addresses, so the cluster's families do not matter.
    spec.ipFamilies = withBoth(spec, primary, ['IPv4', 'IPv6']);
    return [];
  }
  const missing = checkConfigured(spec, configured);
  if (missing.length > 0) return missing;
  spec.ipFamilies = withBoth(spec, primary, configured);
  return [];
}

/** A Service that takes what it can get is not changed only because the cluster has changed. */
function staysDualStack(spec: ServiceSpec, old: ServiceSpec): boolean {
  if (spec.ipFamilyPolicy !== 'PreferDualStack' || old.ipFamilyPolicy !== 'PreferDualStack') return false;
  return sameList(spec.clusterIPs, old.clusterIPs) && sameList(spec.ipFamilies, old.ipFamilies);
}

/** Headless and without a selector: somebody else says where it leads. */
function isOpenHeadless({ clusterIP, selector = {} }: ServiceSpec): boolean {
  return clusterIP === 'None' && Object.keys(selector).length === 0;
}

/** Giving the second address back takes a word: the policy. */
function reduce(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (sameList(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
    if (sameList(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
    return [];
  }
  const refuse = (noun: string) =>
    invalidValue(policyField, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${noun}`);
  return [
    ...(isReduced(spec.clusterIPs, old.clusterIPs) ? [refuse('cluster IP')] : []),
    ...(isReduced(spec.ipFamilies, old.ipFamilies) ? [refuse('IP family')] : []),
  ];
}

function checkSingleStack({ ipFamilyPolicy, clusterIPs = [], ipFamilies = [] }: ServiceSpec): FieldError[] {
  if (ipFamilyPolicy !== 'SingleStack') return [];
  const refuse = (noun: string) =>
    invalidValue(
      policyField,
      ipFamilyPolicy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${noun} are specified`,
    );
  return [
    ...(clusterIPs.length === 2 ? [refuse('cluster IPs')] : []),
    ...(ipFamilies.length === 2 ? [refuse('IP families')] : []),
  ];
}

/** An address that is asked for says its family. */
function inferFamilies(spec: ServiceSpec, configured: readonly IpFamily[]): FieldError[] {
  const { clusterIPs = [] } = spec;
  if (clusterIPs[0] === 'None') return [];
  const families = [...(spec.ipFamilies ?? [])];
  const findings: FieldError[] = [];
  for (const [i, ip] of clusterIPs.entries()) {
    if (i < families.length) continue;
    const family = ipFamilyOf(ip);
    if (configured.includes(family)) families.push(family);
    else {
      findings.push(invalidValue(`spec.clusterIPs[${i}]`, clusterIPs, `${family} is not configured on this cluster`));
    }
  }
  if (families.length > 0) spec.ipFamilies = families;
  return findings;
}

function checkConfigured(
  { ipFamilyPolicy, ipFamilies = [] }: ServiceSpec,
  configured: readonly IpFamily[],
): FieldError[] {
  const findings: FieldError[] = [];
  if (ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) {
    const text = 'this cluster is not configured for dual-stack services';
    findings.push(invalidValue(policyField, ipFamilyPolicy, text));
  }
  for (const [i, family] of ipFamilies.entries()) {
    if (configured.some((one) => one === family)) continue;
    findings.push(invalidValue(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  }
  return findings;
}

/** The families of the Service, the default one if it names none, and the other one if it wants two. */
function withBoth(spec: ServiceSpec, primary: IpFamily, available: readonly IpFamily[]): string[] {
  const families = spec.ipFamilies?.length ? spec.ipFamilies : [primary];
  if (spec.ipFamilyPolicy === 'SingleStack' || families.length > 1) return families;
  return [...families, ...available.filter((family) => !families.includes(family))];
}

function isReduced(now: readonly string[] = [], before: readonly string[] = []): boolean {
  return before.length > 0 && now.length > 0 && now.length < before.length;
}

function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
