import { notSupported, required } from '../../errors/field-error.ts';
import type { Binding } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';

export const bindingRules: KindRules<Binding> = {
  validate: ({ target }) => {
    const kind = target?.kind ?? '';
    return [
      ...(kind === '' || kind === 'Node' ? [] : [notSupported('target.kind', kind, ['Node', '<empty>'])]),
      ...(target?.name ? [] : [required('target.name')]),
    ];
  },
};
