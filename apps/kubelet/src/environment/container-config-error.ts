/** A container cannot be configured yet: what it refers to does not exist. Its status says `CreateContainerConfigError` with this message. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';

  static missing(resource: 'configmap' | 'secret', name: string): ContainerConfigError {
    return new ContainerConfigError(`${resource} "${name}" not found`);
  }

  static missingKey(kind: 'ConfigMap' | 'Secret', namespace: string, name: string, key: string): ContainerConfigError {
    return new ContainerConfigError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
  }
}
