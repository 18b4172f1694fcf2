import { invalidValue } from '../../errors/field-error.ts';
import type { Namespace } from '../../generated/kinds.ts';
import { dnsLabelErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';

/** The finalizer by which the namespace controller empties a namespace before it goes. */
const kubernetesFinalizer = 'kubernetes';

export const namespaceRules: KindRules<Namespace> = {
  nameErrors: dnsLabelErrors,
  prepareForCreate: (namespace) => {
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec.finalizers ?? [];
    namespace.spec.finalizers = finalizers.includes(kubernetesFinalizer)
      ? finalizers
      : [...finalizers, kubernetesFinalizer];
  },
  /** Finalizers of the spec change only through the `finalize` subresource. */
  prepareForUpdate: (namespace, old) => {
    if (old.spec.finalizers) namespace.spec.finalizers = old.spec.finalizers;
    else delete namespace.spec.finalizers;
  },
  validate: ({ spec }) =>
    (spec.finalizers ?? []).flatMap((name) =>
      qualifiedNameErrors(name).map((text) => invalidValue('spec.finalizers', name, text)),
    ),
};
