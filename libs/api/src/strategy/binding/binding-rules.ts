import { type FieldError, notSupported, required } from '../../errors/field-error.ts';
import type { Binding } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';

export const bindingRules: KindRules<Binding> = {
  validate: validateBindingTarget,
};

/** A pod is bound to a node, and to nothing else. */
export function validateBindingTarget({ target }: Binding): FieldError[] {
  const { kind, name } = target ?? {};
  return [
    ...(kind && kind !== 'Node' ? [notSupported('target.kind', kind, ['Node', '<empty>'])] : []),
    ...(name ? [] : [required('target.name')]),
  ];
}
