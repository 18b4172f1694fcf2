import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type {
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '../../generated/flowcontrol-v1.ts';
import type { FlowSchema } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { mandatoryFlowSchemas, validateMandatory } from './mandatory-configuration.ts';
import { validateUniqueConditions } from './unique-condition-validation.ts';

const precedenceMax = 10_000;
const distinguisherTypes = ['ByNamespace', 'ByUser'];
const subjectKinds = ['Group', 'ServiceAccount', 'User'];
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

export const flowSchemaRules: KindRules<FlowSchema> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  validate: ({ metadata, spec, status }) => [
    ...validateSpec(metadata.name, spec),
    ...validateMandatory(mandatoryFlowSchemas, metadata.name, spec),
    ...validateUniqueConditions(status.conditions ?? [], 'status.conditions'),
  ],
  validateStatusUpdate: ({ status }) => validateUniqueConditions(status.conditions ?? [], 'status.conditions'),
};

function validateSpec(name: string, spec: FlowSchemaSpec): FieldError[] {
  const { matchingPrecedence: precedence = 0, distinguisherMethod: method, priorityLevelConfiguration: level } = spec;
  const field = 'spec.matchingPrecedence';
  const findings: FieldError[] = [];
  if (precedence <= 0) findings.push(invalidValue(field, precedence, 'must be a positive value'));
  if (precedence > precedenceMax) {
    findings.push(invalidValue(field, precedence, `must not be greater than ${precedenceMax}`));
  }
  if (precedence === 1 && name !== 'exempt') {
    const text = "only the schema named 'exempt' may have matchingPrecedence 1";
    findings.push(invalidValue(field, precedence, text));
  }
  if (method && !distinguisherTypes.includes(method.type)) {
    findings.push(notSupported('spec.distinguisherMethod.type', { Type: method.type ?? '' }, distinguisherTypes));
  }
  const levelField = 'spec.priorityLevelConfiguration.name';
  if (level?.name) findings.push(...invalidTexts(levelField, level.name, dnsSubdomainErrors(level.name)));
  else findings.push(required(levelField, 'must reference a priority level'));
  return [...findings, ...(spec.rules ?? []).flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`))];
}

function validateRule(
  { subjects = [], resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects,
  at: string,
): FieldError[] {
  return [
    ...(subjects.length === 0 ? [required(`${at}.subjects`, 'subjects must contain at least one value')] : []),
    ...subjects.flatMap((subject, i) => validateSubject(subject, `${at}.subjects[${i}]`)),
    ...(resourceRules.length === 0 && nonResourceRules.length === 0
      ? [required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty')]
      : []),
    ...resourceRules.flatMap((rule, i) => validateResourceRule(rule, `${at}.resourceRules[${i}]`)),
    ...nonResourceRules.flatMap(({ verbs: asked = [], nonResourceURLs = [] }, i) => [
      ...validateVerbs(asked, `${at}.nonResourceRules[${i}].verbs`),
      ...validateUrls(nonResourceURLs, `${at}.nonResourceRules[${i}].nonResourceURLs`),
    ]),
  ];
}

function validateSubject(subject: Subject, at: string): FieldError[] {
  const { kind = '' } = subject;
  if (!subjectKinds.includes(kind)) return [notSupported(`${at}.kind`, kind, subjectKinds)];
  const own = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}` as 'group' | 'serviceAccount' | 'user';
  const others = (['serviceAccount', 'user', 'group'] as const).filter((name) => name !== own);
  return [
    ...(subject[own]
      ? validateNamed(subject, own, `${at}.${own}`)
      : [required(`${at}.${own}`, `${own} is required when subject kind is '${kind}'`)]),
    ...others
      .filter((name) => subject[name] !== undefined)
      .map((name) => {
        const otherKind = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
        return forbiddenField(`${at}.${name}`, `${name} is forbidden when subject kind is not '${otherKind}'`);
      }),
  ];
}

function validateNamed(subject: Subject, own: 'group' | 'serviceAccount' | 'user', path: string): FieldError[] {
  const { name = '' } = subject[own] ?? {};
  const findings = name === '' ? [required(`${path}.name`)] : [];
  if (own !== 'serviceAccount') return findings;
  const { namespace = '' } = subject.serviceAccount ?? {};
  if (name !== '' && name !== '*') findings.push(...invalidTexts(`${path}.name`, name, dnsSubdomainErrors(name)));
  if (namespace === '') findings.push(required(`${path}.namespace`, 'must specify namespace for service account'));
  else findings.push(...invalidTexts(`${path}.namespace`, namespace, dnsLabelErrors(namespace)));
  return findings;
}

function validateResourceRule(rule: ResourcePolicyRule, at: string): FieldError[] {
  const { apiGroups = [], resources = [], namespaces = [] } = rule;
  return [
    ...validateVerbs(rule.verbs ?? [], `${at}.verbs`),
    ...validateList(apiGroups, 'api groups', 'resource rules must supply at least one api group', `${at}.apiGroups`),
    ...validateList(resources, 'resources', 'resource rules must supply at least one resource', `${at}.resources`),
    ...validateNamespaces(namespaces, rule.clusterScope ?? false, `${at}.namespaces`),
  ];
}

function validateVerbs(asked: readonly string[], field: string): FieldError[] {
  const findings = validateList(asked, 'verbs', 'verbs must contain at least one value', field);
  if (findings.length > 0 || asked.includes('*') || asked.every((verb) => verbs.includes(verb))) return findings;
  return [notSupported(field, asked, verbs)];
}

function validateList(values: readonly string[], noun: string, absentText: string, field: string): FieldError[] {
  if (values.length === 0) return [required(field, absentText)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [invalidValue(field, values, `if '*' is present, must not specify other ${noun}`)];
}

function validateNamespaces(namespaces: readonly string[], clusterScope: boolean, field: string): FieldError[] {
  if (namespaces.length === 0) {
    if (clusterScope) return [];
    const text = 'resource rules that are not cluster scoped must supply at least one namespace';
    return [required(field, text)];
  }
  if (namespaces.includes('*')) return validateList(namespaces, 'namespaces', '', field);
  return namespaces.flatMap((namespace, i) =>
    dnsLabelErrors(namespace).map((text) =>
      invalidValue(`${field}[${i}]`, namespace, `each member of this list must be '*' or a DNS-1123 label; ${text}`),
    ),
  );
}

function validateUrls(urls: readonly string[], field: string): FieldError[] {
  const findings = validateList(urls, 'non-resource URLs', 'nonResourceURLs must contain at least one value', field);
  if (findings.length > 0 || urls.includes('*')) return findings;
  return urls.flatMap((url, i) => {
    const text = urlErrorText(url);
    return text === undefined ? [] : [invalidValue(`${field}[${i}]`, url, text)];
  });
}

function urlErrorText(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split('*').length - 1;
  if (wildcards > 1 || (wildcards === 1 && !url.endsWith('/*'))) return 'wildcard can only do suffix matching';
  return undefined;
}
