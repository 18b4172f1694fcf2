import { type FieldError, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { PodSpec } from '../../generated/kinds.ts';
import { dnsSubdomainErrors, dnsSubdomainWithUnderscoreErrors } from '../../selectors/label-format.ts';
import { validateIp } from '../service/ip-validation.ts';

/** Limits of the resolver in Linux' C library. */
const nameserversMax = 3;
const searchPathsMax = 32;
const searchListCharsMax = 2048;

/** How names are resolved in a pod. */
export function validateDnsConfig({ dnsConfig, dnsPolicy }: PodSpec, path: string): FieldError[] {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((dnsConfig.nameservers?.length ?? 0) === 0) {
      const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [required(`${path}.nameservers`, text)];
    }
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const findings: FieldError[] = [];
  if (nameservers.length > nameserversMax) {
    const text = `must not have more than ${nameserversMax} nameservers`;
    findings.push(invalidValue(`${path}.nameservers`, nameservers, text));
  }
  findings.push(...nameservers.flatMap((ip, i) => validateIp(ip, `${path}.nameservers[${i}]`)));
  findings.push(...validateSearches(searches, `${path}.searches`));
  for (const [i, { name }] of options.entries()) {
    if (!name) findings.push(required(`${path}.options[${i}]`, 'must not be empty'));
  }
  return findings;
}

function validateSearches(searches: readonly string[], path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (searches.length > searchPathsMax) {
    findings.push(invalidValue(path, searches, `must not have more than ${searchPathsMax} search paths`));
  }
  if (searches.join(' ').length > searchListCharsMax) {
    const text = `must not have more than ${searchListCharsMax} characters (including spaces) in the search list`;
    findings.push(invalidValue(path, searches, text));
  }
  for (const [i, search] of searches.entries()) {
    if (search === '.') continue;
    const name = search.replace(/\.$/, '');
    findings.push(...invalidTexts(`${path}[${i}]`, name, dnsSubdomainWithUnderscoreErrors(name)));
  }
  return findings;
}

/** Entries for the pod's hosts file. */
export function validateHostAliases(aliases: NonNullable<PodSpec['hostAliases']>, path: string): FieldError[] {
  return aliases.flatMap(({ ip, hostnames = [] }, i) => [
    ...validateIp(ip ?? '', `${path}[${i}].ip`),
    ...hostnames.flatMap((name, j) => invalidTexts(`${path}[${i}].hostnames[${j}]`, name, dnsSubdomainErrors(name))),
  ]);
}
