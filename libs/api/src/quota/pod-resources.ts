import type { Container, ContainerStatus, Pod } from '../generated/kinds.ts';
import { isPodLevelResource } from '../strategy/resource-amounts/resource-names.ts';
import { type Amounts, addAmounts, maxAmounts, noAmounts, parseAmounts } from './amounts.ts';

type AmountsOf = (container: Container, status: ContainerStatus | undefined) => Amounts;

/**
 * What a pod requests: the sum of its containers and sidecars or, where larger, the most that its init containers request while they run one
 * after the other beside the sidecars before them; what the pod requests as a whole counts instead. Overhead is not in it.
 */
export function podSpecRequests(pod: Pod): Amounts {
  return overridden(
    sumOf(pod, ({ resources }) => parseAmounts(resources?.requests)),
    pod.spec.resources?.requests,
  );
}

/** The same of its limits. */
export function podSpecLimits(pod: Pod): Amounts {
  return overridden(
    sumOf(pod, ({ resources }) => parseAmounts(resources?.limits)),
    pod.spec.resources?.limits,
  );
}

/** What a pod has a claim to, while it is resized too, with its overhead. */
export function podRequestsInUse(pod: Pod): Amounts {
  const infeasible = isResizeInfeasible(pod);
  const requests = sumOf(pod, ({ resources }, status) => {
    const wanted = infeasible && status !== undefined ? noAmounts : parseAmounts(resources?.requests);
    const actual = maxAmounts(parseAmounts(status?.resources?.requests), parseAmounts(status?.allocatedResources));
    return maxAmounts(wanted, actual);
  });
  return addAmounts(overridden(requests, pod.spec.resources?.requests), parseAmounts(pod.spec.overhead));
}

/** The same of its limits; overhead counts where there is a limit. */
export function podLimitsInUse(pod: Pod): Amounts {
  const infeasible = isResizeInfeasible(pod);
  const limits = overridden(
    sumOf(pod, ({ resources }, status) => {
      const wanted = infeasible && status !== undefined ? noAmounts : parseAmounts(resources?.limits);
      return maxAmounts(wanted, parseAmounts(status?.resources?.limits));
    }),
    pod.spec.resources?.limits,
  );
  const overhead = [...parseAmounts(pod.spec.overhead)].filter(([name]) => limits.get(name)?.isZero === false);
  return addAmounts(limits, new Map(overhead));
}

function sumOf({ spec, status }: Pod, of: AmountsOf): Amounts {
  const statuses = new Map(
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map((one) => [one.name, one]),
  );
  const amounts = (container: Container) => of(container, statuses.get(container.name));
  let running = (spec.containers ?? []).map(amounts).reduce(addAmounts, noAmounts);
  let sidecars = noAmounts;
  let starting = noAmounts;
  for (const container of spec.initContainers ?? []) {
    const amount = amounts(container);
    if (container.restartPolicy === 'Always') {
      sidecars = addAmounts(sidecars, amount);
      running = addAmounts(running, amount);
      starting = maxAmounts(starting, sidecars);
    } else {
      starting = maxAmounts(starting, addAmounts(sidecars, amount));
    }
  }
  return maxAmounts(running, starting);
}

function overridden(amounts: Amounts, ofPod: Readonly<Record<string, string>> | undefined): Amounts {
  if (ofPod === undefined) return amounts;
  const whole = [...parseAmounts(ofPod)].filter(([name]) => isPodLevelResource(name));
  return new Map([...amounts, ...whole]);
}

function isResizeInfeasible({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible');
}
