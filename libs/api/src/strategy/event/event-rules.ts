import { invalidValue } from '../../errors/field-error.ts';
import type { Event } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';

/** Where events about cluster-scoped objects live. */
const clusterEventNamespaces: ReadonlySet<string> = new Set(['default', 'kube-system']);

export const eventRules: KindRules<Event> = {
  allowsCreateOnUpdate: true,
  validate: ({ metadata, involvedObject }) => {
    const namespace = metadata.namespace ?? '';
    const about = involvedObject?.namespace ?? '';
    const fits = about === '' ? clusterEventNamespaces.has(namespace) : about === namespace;
    return fits ? [] : [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
  },
};
