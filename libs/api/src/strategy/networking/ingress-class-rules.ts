import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  notSupported,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type { IngressClass, IngressClassParametersReference } from '../../generated/kinds.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import { validateDomainPrefixedPath } from '../domain-name/domain-name-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { validateTypedReference } from './typed-reference-validation.ts';

const controllerLengthMax = 250;
const scopes = ['Cluster', 'Namespace'];

export const ingressClassRules: KindRules<IngressClass> = {
  countsGenerations: true,
  validate: ({ spec }) => [
    ...((spec.controller ?? '').length > controllerLengthMax ? [tooLong('spec.controller', controllerLengthMax)] : []),
    ...validateDomainPrefixedPath(spec.controller, 'spec.controller'),
    ...(spec.parameters ? validateParameters(spec.parameters, 'spec.parameters') : []),
  ],
  validateUpdate: ({ spec }, old) => validateImmutable(spec.controller, old.spec.controller, 'spec.controller'),
};

function validateParameters(parameters: IngressClassParametersReference, path: string): FieldError[] {
  const findings = validateTypedReference(parameters, path);
  const { scope, namespace } = parameters;
  if (scope === undefined) return [...findings, required(`${path}.scope`)];
  if (!scopes.includes(scope)) return [...findings, notSupported(`${path}.scope`, scope, scopes)];
  if (scope === 'Cluster') {
    if (namespace === undefined) return findings;
    return [...findings, forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'")];
  }
  if (namespace === undefined) {
    return [...findings, required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")];
  }
  return [...findings, ...invalidTexts(`${path}.namespace`, namespace, dnsLabelErrors(namespace))];
}
