import type { Container, Pod, ServiceAccount } from '@orrery/api';

type EnvironmentOwner = Pick<Container, 'name' | 'env' | 'envFrom'>;

/** What is wrong with the first secret of the pod that its service account does not list. */
export function unlistedSecret({ spec }: Pod, account: ServiceAccount): string | undefined {
  const listed = new Set((account.secrets ?? []).map(({ name }) => name));
  const because = `is not allowed because service account ${account.metadata.name} does not reference that secret`;
  for (const { secret } of spec.volumes ?? []) {
    if (secret !== undefined && !listed.has(secret.secretName)) {
      return `volume with secret.secretName="${secret.secretName ?? ''}" ${because}`;
    }
  }
  return (
    unlistedInEnvironment('init container', spec.initContainers, listed, because) ??
    unlistedInEnvironment('container', spec.containers, listed, because) ??
    unlistedPullSecret(spec, account)
  );
}

/** The same for containers that are added to a running pod. */
export function unlistedSecretOfEphemeral({ spec }: Pod, account: ServiceAccount): string | undefined {
  const listed = new Set((account.secrets ?? []).map(({ name }) => name));
  const because = `is not allowed because service account ${account.metadata.name} does not reference that secret`;
  return unlistedInEnvironment('ephemeral container', spec.ephemeralContainers, listed, because);
}

/** Does the pod refer to any secret, but for those that pull its images? */
export function refersToSecrets({ spec }: Pod): boolean {
  const containers: EnvironmentOwner[] = [...(spec.initContainers ?? []), ...spec.containers];
  const inVolumes = (spec.volumes ?? []).some(
    ({ secret, projected }) =>
      secret !== undefined || projected?.sources?.some((source) => source.secret !== undefined),
  );
  return (
    inVolumes ||
    (spec.imagePullSecrets ?? []).length > 0 ||
    containers.some((container) => unlistedInEnvironment('', [container], new Set(), '') !== undefined)
  );
}

function unlistedInEnvironment(
  kind: string,
  containers: readonly EnvironmentOwner[] | undefined,
  listed: ReadonlySet<string | undefined>,
  because: string,
): string | undefined {
  for (const { name, env = [], envFrom = [] } of containers ?? []) {
    for (const variable of env) {
      const reference = variable.valueFrom?.secretKeyRef;
      if (reference === undefined || listed.has(reference.name)) continue;
      return `${kind} ${name} with envVar ${variable.name} referencing secret.secretName="${reference.name ?? ''}" ${because}`;
    }
    for (const { secretRef } of envFrom) {
      if (secretRef === undefined || listed.has(secretRef.name)) continue;
      return `${kind} ${name} with envFrom referencing secret.secretName="${secretRef.name ?? ''}" ${because}`;
    }
  }
  return undefined;
}

function unlistedPullSecret(spec: Pod['spec'], account: ServiceAccount): string | undefined {
  const listed = new Set((account.imagePullSecrets ?? []).map(({ name }) => name));
  for (const [index, { name }] of (spec.imagePullSecrets ?? []).entries()) {
    if (listed.has(name)) continue;
    return `imagePullSecrets[${index}].name="${name ?? ''}" is not allowed because service account ${account.metadata.name} does not reference that imagePullSecret`;
  }
  return undefined;
}
