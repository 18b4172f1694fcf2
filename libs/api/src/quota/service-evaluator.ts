import type { Service } from '../generated/kinds.ts';
import { Quantity } from '../quantity/quantity.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import type { Amounts } from './amounts.ts';
import { objectCountName, one } from './object-count-evaluator.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';

const countName = objectCountName({ group: '', resource: 'services' });
const names = [countName, 'services', 'services.nodeports', 'services.loadbalancers'];

/** Services, their node ports and load balancers. An update may change the type, hence it is counted as well. */
export const serviceEvaluator: QuotaEvaluator = {
  matchingResources: (wanted) => wanted.filter((name) => names.includes(name)),
  handles: ({ subresource }) => subresource === '',
  usage: (object) => serviceUsage(object as Service),
  matchesScope: () => false,
  missing: () => undefined,
};

function serviceUsage({ spec }: Service & ApiObject): Amounts {
  const isBalanced = spec.type === 'LoadBalancer';
  return new Map([
    [countName, one],
    ['services', one],
    ['services.nodeports', Quantity.of(nodePorts(spec))],
    ['services.loadbalancers', Quantity.of(isBalanced ? 1 : 0)],
  ]);
}

/** Ports are not allocated yet when a Service is admitted: it counts what it will need. */
function nodePorts({ type, ports = [], allocateLoadBalancerNodePorts }: Service['spec']): number {
  if (type === 'NodePort') return ports.length;
  if (type !== 'LoadBalancer') return 0;
  if (allocateLoadBalancerNodePorts !== false) return ports.length;
  return ports.filter(({ nodePort = 0 }) => nodePort !== 0).length;
}
