import type { Container, Pod } from '@orrery/api';

type NamedImage = Pick<Container, 'name' | 'image'>;

const seccompAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
const containerAnnotations = [
  'container.seccomp.security.alpha.kubernetes.io/',
  'container.apparmor.security.beta.kubernetes.io/',
];

/** Does an update touch anything of what may change in a pod that the standards look at? */
export function isSignificantUpdate(pod: Pod, old: Pod): boolean {
  const annotationChanged = (key: string) => pod.metadata.annotations?.[key] !== old.metadata.annotations?.[key];
  const changed = (container: NamedImage, before: NamedImage | undefined) =>
    before === undefined ||
    container.image !== before.image ||
    containerAnnotations.some((prefix) => annotationChanged(prefix + container.name));
  const anyChanged = (after: readonly NamedImage[] = [], before: readonly NamedImage[] = []) =>
    after.length !== before.length || after.some((container, index) => changed(container, before[index]));
  const { ephemeralContainers = [] } = pod.spec;
  return (
    annotationChanged(seccompAnnotation) ||
    anyChanged(pod.spec.containers, old.spec.containers) ||
    anyChanged(pod.spec.initContainers, old.spec.initContainers) ||
    ephemeralContainers.some((container) =>
      changed(
        container,
        old.spec.ephemeralContainers?.find(({ name }) => name === container.name),
      ),
    )
  );
}
