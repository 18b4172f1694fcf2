import { badRequest, type Container, type Pod } from '@orrery/api';

const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/** The container that a log or exec request means. Throws `BadRequest` in upstream's words. */
export function chooseContainer(pod: Pod, asked: string): string {
  const { name } = pod.metadata;
  const all = allContainers(pod);
  if (asked !== '') {
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const marked = pod.metadata.annotations?.[defaultContainerAnnotation];
  if (marked !== undefined && all.includes(marked)) return marked;
  const [only, ...others] = pod.spec.containers;
  if (only !== undefined && others.length === 0) return only.name;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: ${choices(pod)}`);
}

/** Why the container has no log yet, as the kubelet knows it. */
export function waitingText(pod: Pod, container: string): string | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
  const waiting = status?.state?.waiting;
  if (waiting === undefined || status?.lastState?.terminated !== undefined) return undefined;
  const subject = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`;
  return `${subject} is waiting to start: ${waiting.message || waiting.reason || ''}`;
}

function allContainers(pod: Pod): string[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  return [...containers, ...initContainers, ...ephemeralContainers].map(({ name }) => name);
}

function choices(pod: Pod): string {
  const names = (containers: readonly Pick<Container, 'name'>[]): string =>
    `[${containers.map(({ name }) => name).join(' ')}]`;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const parts = [names(containers)];
  if (initContainers.length > 0) parts.push(`or one of the init containers: ${names(initContainers)}`);
  if (ephemeralContainers.length > 0) parts.push(`or one of the ephemeral containers: ${names(ephemeralContainers)}`);
  return parts.join(' ');
}
