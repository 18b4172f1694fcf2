import { type FieldError, invalidTexts, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { APIService } from '../../generated/kinds.ts';
import { dns1035LabelErrors, dnsSubdomainErrors, pathSegmentErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';

const groupPriorityMax = 20_000;
const versionPriorityMax = 1000;
const portText = 'port is not valid: must be between 1 and 65535, inclusive';
const statuses = ['True', 'False', 'Unknown'];

const localCondition = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

export const apiServiceRules: KindRules<APIService> = {
  allowsUnconditionalUpdate: false,
  nameErrors: pathSegmentErrors,
  // What the server serves itself is there from the first moment on.
  prepareForCreate: (apiService, { now }) => {
    if (apiService.spec.service) return;
    apiService.status = { conditions: [{ ...localCondition, lastTransitionTime: now }] };
  },
  validate: (apiService) => [
    ...validateName(apiService),
    ...validateGroupVersion(apiService.spec),
    ...validatePriorities(apiService.spec),
    ...validateService(apiService.spec),
  ],
  validateStatusUpdate: ({ status }) =>
    (status.conditions ?? []).flatMap(({ status: value }, i) =>
      statuses.includes(value) ? [] : [notSupported(`status.conditions[${i}].status`, value, statuses)],
    ),
};

function validateName({ metadata: { name }, spec: { group = '', version = '' } }: APIService): FieldError[] {
  const expected = `${version}.${group}`;
  if (name === expected || !name || pathSegmentErrors(name).length > 0) return [];
  const text = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(expected)}`;
  return [invalidValue('metadata.name', name, text)];
}

function validateGroupVersion({ group = '', version = '' }: APIService['spec']): FieldError[] {
  return [
    ...(group === '' && version !== 'v1'
      ? [required('spec.group', 'only v1 may have an empty group and it better be legacy kube')]
      : []),
    ...(group === '' ? [] : invalidTexts('spec.group', group, dnsSubdomainErrors(group))),
    ...invalidTexts('spec.version', version, dns1035LabelErrors(version)),
  ];
}

function validatePriorities({ groupPriorityMinimum = 0, versionPriority = 0 }: APIService['spec']): FieldError[] {
  const findings: FieldError[] = [];
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > groupPriorityMax) {
    const text = `must be positive and less than ${groupPriorityMax}`;
    findings.push(invalidValue('spec.groupPriorityMinimum', groupPriorityMinimum, text));
  }
  if (versionPriority <= 0 || versionPriority > versionPriorityMax) {
    const text = `must be positive and less than ${versionPriorityMax}`;
    findings.push(invalidValue('spec.versionPriority', versionPriority, text));
  }
  return findings;
}

function validateService({ service, caBundle = '', insecureSkipTLSVerify }: APIService['spec']): FieldError[] {
  const skipField = 'spec.insecureSkipTLSVerify';
  if (!service) {
    const shown = `${Buffer.byteLength(caBundle, 'base64')} bytes`;
    return [
      ...(caBundle === '' ? [] : [invalidValue('spec.caBundle', shown, 'local APIServices may not have a caBundle')]),
      ...(insecureSkipTLSVerify
        ? [invalidValue(skipField, true, 'local APIServices may not have insecureSkipTLSVerify')]
        : []),
    ];
  }
  const { port = 0 } = service;
  return [
    ...(service.namespace ? [] : [required('spec.service.namespace')]),
    ...(service.name ? [] : [required('spec.service.name')]),
    ...(port >= 1 && port <= 65_535 ? [] : [invalidValue('spec.service.port', port, portText)]),
    ...(insecureSkipTLSVerify && caBundle !== ''
      ? [invalidValue(skipField, true, 'may not be true if caBundle is present')]
      : []),
  ];
}
