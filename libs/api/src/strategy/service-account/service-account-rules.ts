import type { ServiceAccount } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';

const enforceSecretsAnnotation = 'kubernetes.io/enforce-mountable-secrets';
const enforceSecretsText = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';

export const serviceAccountRules: KindRules<ServiceAccount> = {
  warnings: ({ metadata }, old) => {
    const annotated = metadata.annotations?.[enforceSecretsAnnotation];
    const before = old?.metadata.annotations?.[enforceSecretsAnnotation];
    if (annotated === undefined || annotated === before) return [];
    return [`metadata.annotations[${enforceSecretsAnnotation}]: ${enforceSecretsText}`];
  },
};
