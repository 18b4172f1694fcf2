import { type Container, type Pod, Quantity } from '@orrery/api';

/** Amounts of resources as plain numbers, for the many comparisons of a scheduling cycle: CPU in thousandths, all else in units. */
export interface Resources {
  readonly cpuMilli: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Everything else that a pod may ask for, by resource name. */
  readonly extended: ReadonlyMap<string, number>;
}

export const noResources: Resources = { cpuMilli: 0, memory: 0, ephemeralStorage: 0, extended: new Map() };

/** What a container without requests counts for when nodes are compared (never when they are filtered). */
const assumedCpuMilli = 100;
const assumedMemory = 200 * 1024 * 1024;

/** A list of quantities as the API has it. Fractions round up. */
export function resourcesOf(quantities: Readonly<Record<string, string>> | undefined): Resources {
  let cpuMilli = 0;
  let memory = 0;
  let ephemeralStorage = 0;
  const extended = new Map<string, number>();
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = Quantity.parse(text);
    if (name === 'cpu') cpuMilli = quantity.milliValue();
    else if (name === 'memory') memory = quantity.toNumber();
    else if (name === 'ephemeral-storage') ephemeralStorage = quantity.toNumber();
    else if (name !== 'pods') extended.set(name, quantity.toNumber());
  }
  return { cpuMilli, memory, ephemeralStorage, extended };
}

export function addResources(a: Resources, b: Resources): Resources {
  return combine(a, b, (x, y) => x + y);
}

export function subtractResources(a: Resources, b: Resources): Resources {
  return combine(a, b, (x, y) => x - y);
}

/** The larger of each. */
function maxResources(a: Resources, b: Resources): Resources {
  return combine(a, b, Math.max);
}

function combine(a: Resources, b: Resources, of: (x: number, y: number) => number): Resources {
  const extended = a.extended.size === 0 && b.extended.size === 0 ? a.extended : new Map(a.extended);
  if (extended instanceof Map) {
    for (const [name, amount] of b.extended) extended.set(name, of(a.extended.get(name) ?? 0, amount));
  }
  return {
    cpuMilli: of(a.cpuMilli, b.cpuMilli),
    memory: of(a.memory, b.memory),
    ephemeralStorage: of(a.ephemeralStorage, b.ephemeralStorage),
    extended,
  };
}

/**
 * What a pod takes from its node: the sum of its containers and sidecars or, where larger, the most that its init containers take while they
 * run one after the other beside the sidecars that have started before them; plus the pod's overhead.
 */
export function podRequests(pod: Pod): Resources {
  return requests(pod, (container) => resourcesOf(container.resources?.requests));
}

/** The same, with a usual amount assumed for containers that state none, so that they spread too. */
export function podRequestsForScoring(pod: Pod): Resources {
  return requests(pod, (container) => {
    const stated = container.resources?.requests ?? {};
    const amount = resourcesOf(stated);
    return {
      ...amount,
      cpuMilli: 'cpu' in stated ? amount.cpuMilli : assumedCpuMilli,
      memory: 'memory' in stated ? amount.memory : assumedMemory,
    };
  });
}

function requests(pod: Pod, of: (container: Container) => Resources): Resources {
  let running = pod.spec.containers.map(of).reduce(addResources, noResources);
  let sidecars = noResources;
  let starting = noResources;
  for (const container of pod.spec.initContainers ?? []) {
    const amount = of(container);
    if (container.restartPolicy === 'Always') {
      sidecars = addResources(sidecars, amount);
      running = addResources(running, amount);
      starting = maxResources(starting, sidecars);
    } else {
      starting = maxResources(starting, addResources(sidecars, amount));
    }
  }
  return addResources(maxResources(running, starting), resourcesOf(pod.spec.overhead));
}
