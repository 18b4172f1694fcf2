/** Upstream's rules for label keys and values, and their wording. Each function gives the texts of what is wrong. */

const qualifiedNameText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const qualifiedShapeText =
  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const dnsLabelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const dnsSubdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const dnsSubdomainWithUnderscoreText = dnsSubdomainText.replace(
  "characters, '-' or '.'",
  "characters, '_', '-' or '.'",
);
const dns1035LabelText =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const dnsSubdomainWithUnderscore = /^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/;
const dns1035Label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

const labelLengthMax = 63;
const subdomainLengthMax = 253;

/** `name` or `prefix.example.com/name`: label keys, annotation keys, finalizers, resource names. */
export function qualifiedNameErrors(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) return [qualifiedShapeText];
  const name = parts.at(-1) ?? '';
  const errors: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') errors.push('prefix part must be non-empty');
    else errors.push(...dnsSubdomainErrors(prefix).map((text) => `prefix part ${text}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > labelLengthMax) errors.push(`name part ${lengthText(labelLengthMax)}`);
  if (!qualifiedName.test(name)) errors.push(qualifiedNameText);
  return errors;
}

export function labelValueErrors(value: string): string[] {
  const errors: string[] = [];
  if (value.length > labelLengthMax) errors.push(lengthText(labelLengthMax));
  if (value !== '' && !qualifiedName.test(value)) errors.push(labelValueText);
  return errors;
}

/** RFC 1123 label: namespaces, container and volume names. */
export function dnsLabelErrors(value: string): string[] {
  return check(value, labelLengthMax, dnsLabel, dnsLabelText);
}

/** RFC 1123 subdomain: the names of most objects. */
export function dnsSubdomainErrors(value: string): string[] {
  return check(value, subdomainLengthMax, dnsSubdomain, dnsSubdomainText);
}

/** A subdomain whose labels may hold underscores: search paths of a resolver. */
export function dnsSubdomainWithUnderscoreErrors(value: string): string[] {
  return check(value, subdomainLengthMax, dnsSubdomainWithUnderscore, dnsSubdomainWithUnderscoreText);
}

/** RFC 1035 label: the names of services. */
export function dns1035LabelErrors(value: string): string[] {
  return check(value, labelLengthMax, dns1035Label, dns1035LabelText);
}

/** What may stand as one segment of a URL path: the names of roles and their bindings. */
export function pathSegmentErrors(value: string): string[] {
  if (value === '.') return [`may not be '.'`];
  if (value === '..') return [`may not be '..'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

export function lengthText(lengthMax: number): string {
  return `must be no more than ${lengthMax} bytes`;
}

function check(value: string, lengthMax: number, pattern: RegExp, text: string): string[] {
  const errors: string[] = [];
  if (value.length > lengthMax) errors.push(lengthText(lengthMax));
  if (!pattern.test(value)) errors.push(text);
  return errors;
}
