import { type FieldError, invalidTexts, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressSpec,
  IngressTLS,
} from '../../generated/kinds.ts';
import { dns1035LabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { wildcardSubdomainErrors } from '../domain-name/domain-name-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { portNameErrors, validatePortNumber } from '../pod/port-validation.ts';
import { isIp } from '../service/ip-format.ts';
import { validateIp } from '../service/ip-validation.ts';
import { validateTypedReference } from './typed-reference-validation.ts';

const classAnnotation = 'kubernetes.io/ingress.class';
const notAnAddressText = 'must be a DNS name, not an IP address';
const invalidSequences = ['//', '/./', '/../', '%2f', '%2F'];
const invalidSuffixes = ['/..', '/.'];
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

export const ingressRules: KindRules<Ingress> = {
  countsGenerations: true,
  validate: (ingress, old) => [
    ...validateSpec(ingress.spec, old?.spec, 'spec'),
    ...(old ? [] : validateClassAnnotation(ingress)),
  ],
  validateStatusUpdate: ({ status }) =>
    (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
      const at = `status.loadBalancer.ingress[${i}]`;
      return [
        ...(ip ? validateIp(ip, `${at}.ip`) : []),
        ...(hostname ? invalidTexts(`${at}.hostname`, hostname, dnsSubdomainErrors(hostname)) : []),
        ...(hostname && isIp(hostname) ? [invalidValue(`${at}.hostname`, hostname, notAnAddressText)] : []),
      ];
    }),
  warnings: ({ metadata }, old) =>
    !old && metadata.annotations?.[classAnnotation] !== undefined
      ? [`annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
};

function validateClassAnnotation({ metadata, spec }: Ingress): FieldError[] {
  const value = metadata.annotations?.[classAnnotation];
  if (value === undefined || spec.ingressClassName === undefined || value === spec.ingressClassName) return [];
  const text = 'must match `ingressClassName` when both are specified';
  return [invalidValue(`annotations.${classAnnotation}`, value, text)];
}

function validateSpec(spec: IngressSpec, old: IngressSpec | undefined, path: string): FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  const findings: FieldError[] = [];
  if (rules.length === 0 && !defaultBackend) {
    const text = 'either `defaultBackend` or `rules` must be specified';
    findings.push(invalidValue(path, spec.rules ?? null, text));
  }
  if (defaultBackend) findings.push(...validateBackend(defaultBackend, `${path}.defaultBackend`));
  const oldWildcardRules = (old?.rules ?? []).filter(({ host }) => host?.includes('*'));
  const skipsWildcards = oldWildcardRules.some((rule) => validateHttp(rule, '').length > 0);
  findings.push(...rules.flatMap((rule, i) => validateRule(rule, skipsWildcards, `${path}.rules[${i}]`)));
  const skipsSecrets = (old?.tls ?? []).some((one) => secretNameErrors(one).length > 0);
  findings.push(...tls.flatMap((one, i) => validateTls(one, skipsSecrets, `${path}.tls[${i}]`)));
  if (ingressClassName !== undefined) {
    findings.push(...invalidTexts(`${path}.ingressClassName`, ingressClassName, dnsSubdomainErrors(ingressClassName)));
  }
  return findings;
}

function validateTls(tls: IngressTLS, skipsSecret: boolean, at: string): FieldError[] {
  return [
    ...(tls.hosts ?? []).flatMap((host, i) => invalidTexts(`${at}.hosts[${i}]`, host, hostErrors(host))),
    ...(skipsSecret ? [] : invalidTexts(`${at}.secretName`, tls.secretName, secretNameErrors(tls))),
  ];
}

function secretNameErrors({ secretName }: IngressTLS): string[] {
  return secretName ? dnsSubdomainErrors(secretName) : [];
}

function hostErrors(host: string): string[] {
  return host.includes('*') ? wildcardSubdomainErrors(host) : dnsSubdomainErrors(host);
}

function validateRule(rule: IngressRule, skipsWildcards: boolean, at: string): FieldError[] {
  const { host = '' } = rule;
  const findings: FieldError[] = [];
  if (host !== '') {
    if (isIp(host)) findings.push(invalidValue(`${at}.host`, host, notAnAddressText));
    findings.push(...invalidTexts(`${at}.host`, host, hostErrors(host)));
  }
  return host.includes('*') && skipsWildcards ? findings : [...findings, ...validateHttp(rule, at)];
}

function validateHttp({ http }: IngressRule, at: string): FieldError[] {
  if (!http) return [];
  const paths = http.paths ?? [];
  return [
    ...(paths.length === 0 ? [required(`${at}.http.paths`)] : []),
    ...paths.flatMap((path, i) => validatePath(path, `${at}.http.paths[${i}]`)),
  ];
}

function validatePath({ pathType, path = '', backend }: HTTPIngressPath, at: string): FieldError[] {
  if (pathType === undefined) return [required(`${at}.pathType`, 'pathType must be specified')];
  return [...validatePathText(pathType, path, at), ...validateBackend(backend ?? {}, `${at}.backend`)];
}

function validatePathText(pathType: string, path: string, at: string): FieldError[] {
  const notAbsolute = invalidValue(`${at}.path`, path, 'must be an absolute path');
  switch (pathType) {
    case 'Exact':
    case 'Prefix': {
      const sequences = invalidSequences.filter((sequence) => path.includes(sequence));
      const suffixes = invalidSuffixes.filter((suffix) => path.endsWith(suffix));
      return [
        ...(path.startsWith('/') ? [] : [notAbsolute]),
        ...sequences.map((sequence) => invalidValue(`${at}.path`, path, `must not contain '${sequence}'`)),
        ...suffixes.map((suffix) => invalidValue(`${at}.path`, path, `cannot end with '${suffix}'`)),
      ];
    }
    case 'ImplementationSpecific':
      return path === '' || path.startsWith('/') ? [] : [notAbsolute];
    default:
      return [notSupported(`${at}.pathType`, pathType, pathTypes)];
  }
}

function validateBackend({ resource, service }: Partial<IngressBackend>, at: string): FieldError[] {
  if (resource && service) return [invalidValue(at, '', 'cannot set both resource and service backends')];
  if (resource) return validateTypedReference(resource, `${at}.resource`);
  if (!service) return [invalidValue(at, '', 'resource or service backend is required')];
  const { name = '', port: { name: portName, number } = {} } = service;
  const findings =
    name === '' ? [required(`${at}.service.name`)] : invalidTexts(`${at}.service.name`, name, dns1035LabelErrors(name));
  if (portName && number) return [...findings, invalidValue(at, '', 'cannot set both port name & port number')];
  if (portName) findings.push(...invalidTexts(`${at}.service.port.name`, portName, portNameErrors(portName)));
  else if (number) findings.push(...validatePortNumber(number, `${at}.service.port.number`));
  else findings.push(required(at, 'port name or number is required'));
  return findings;
}
