import { type FieldError, invalidTexts, invalidValue } from '../../errors/field-error.ts';
import type { Namespace } from '../../generated/kinds.ts';
import { dnsLabelErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules, SubresourceRules } from '../kind-rules.ts';
import { validateStandardFinalizer } from '../object-meta/object-meta-validation.ts';

/** The finalizer by which the namespace controller empties a namespace before it goes. */
const kubernetesFinalizer = 'kubernetes';
/** By which selectors find a namespace by its name. */
const nameLabel = 'kubernetes.io/metadata.name';

/** `namespaces/finalize`: takes away, or adds, what keeps a namespace from going. */
const finalizeRules: SubresourceRules<Namespace> = {
  prepare: (namespace, old) => {
    const { finalizers } = namespace.spec;
    const { finalizers: _, ...spec } = old.spec;
    namespace.spec = { ...spec, ...(finalizers && { finalizers }) };
  },
  validate: ({ spec }) =>
    (spec.finalizers ?? []).flatMap((name, i) => validateFinalizer(name, `spec.finalizers[${i}]`)),
};

export const namespaceRules: KindRules<Namespace> = {
  nameErrors: dnsLabelErrors,
  prepareForCreate: (namespace) => {
    namespace.status = { phase: 'Active' };
    const { metadata } = namespace;
    // A generated name is known only now.
    metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
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
  /** Later they are checked where they change. */
  validate: ({ spec }, old) =>
    old ? [] : (spec.finalizers ?? []).flatMap((name) => validateFinalizer(name, 'spec.finalizers')),
  validateStatusUpdate: ({ metadata, status }) => {
    const isTerminating = metadata.deletionTimestamp !== undefined;
    const expected = isTerminating ? 'Terminating' : 'Active';
    const { phase = '' } = status;
    if (phase === expected) return [];
    const text = `may only be '${expected}' if \`deletionTimestamp\` is ${isTerminating ? 'not empty' : 'empty'}`;
    return [invalidValue('status.Phase', phase, text)];
  },
  subresources: { finalize: finalizeRules },
};

function validateFinalizer(name: string, field: string): FieldError[] {
  return [...invalidTexts(field, name, qualifiedNameErrors(name)), ...validateStandardFinalizer(name, field)];
}
