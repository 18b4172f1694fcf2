import { type FieldError, invalidTexts, invalidValue, required, tooLong } from '../../errors/field-error.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';

const subdomainLengthMax = 253;
const labelLengthMax = 63;
const signerPathLengthMax = subdomainLengthMax + labelLengthMax + 1;

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const wildcardPattern = '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const twoSegmentsText = 'should be a domain with at least two segments separated by dots';

/** `hook.example.com`: names of webhooks. */
export function validateFullyQualifiedName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  const findings = invalidTexts(field, name, dnsSubdomainErrors(name));
  if (findings.length > 0) return findings;
  if (name.split('.').length >= 3) return [];
  return [invalidValue(field, name, 'should be a domain with at least three segments separated by dots')];
}

/** `host.example.com`, which may end in a dot: where endpoints listen. */
export function validateFullyQualifiedDomainName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  const domain = name.replace(/\.$/, '');
  const findings = invalidTexts(field, domain, dnsSubdomainErrors(domain));
  if (findings.length > 0) return findings;
  const labels = domain.split('.');
  if (labels.length < 2) return [invalidValue(field, domain, twoSegmentsText)];
  return labels.flatMap((label) => invalidTexts(field, label, dnsLabelErrors(label)));
}

/** `example.com/path`: controllers of ingress classes, managers of jobs. */
export function validateDomainPrefixedPath(value: string | undefined, field: string): FieldError[] {
  if (!value) return [required(field)];
  const slash = value.indexOf('/');
  const host = value.slice(0, slash);
  const path = value.slice(slash + 1);
  if (slash <= 0 || path === '') {
    return [invalidValue(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const findings = invalidTexts(field, host, dnsSubdomainErrors(host));
  if (!new RegExp(`^${pathPattern}$`).test(path)) {
    findings.push(invalidValue(field, path, `Invalid path (regex used for validation is '${pathPattern}')`));
  }
  return findings;
}

/** `*.example.com`: hosts of ingresses. */
export function wildcardSubdomainErrors(value: string): string[] {
  const errors: string[] = [];
  if (value.length > subdomainLengthMax) errors.push(`must be no more than ${subdomainLengthMax} bytes`);
  if (!new RegExp(`^${wildcardPattern}$`).test(value)) {
    errors.push(
      `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '${wildcardPattern}')`,
    );
  }
  return errors;
}

/** `example.com/signer`: who signs certificates. */
export function validateSignerName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  const [domain = '', path = '', ...more] = name.split('/');
  if (!name.includes('/') || more.length > 0) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalidValue(field, name, text)];
  }
  const labels = domain.split('.');
  return [
    ...(domain.length > subdomainLengthMax ? [tooLong(field, subdomainLengthMax)] : []),
    ...validateFirstWrong(labels, dnsLabelErrors, domain, field),
    ...(labels.length < 2 ? [invalidValue(field, domain, twoSegmentsText)] : []),
    ...validateFirstWrong(path.split('.'), dnsSubdomainErrors, path, field),
    ...(name.length > subdomainLengthMax + signerPathLengthMax + 1
      ? [tooLong(field, subdomainLengthMax + signerPathLengthMax + 1)]
      : []),
  ];
}

/** Only the first malformed label is told of: the texts of the others would not differ. */
function validateFirstWrong(
  labels: readonly string[],
  errors: (label: string) => string[],
  shown: string,
  field: string,
): FieldError[] {
  const wrong = labels.find((label) => errors(label).length > 0);
  if (wrong === undefined) return [];
  return errors(wrong).map((text) => invalidValue(field, shown, `validating label ${JSON.stringify(wrong)}: ${text}`));
}
