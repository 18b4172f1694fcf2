import { imageLocality } from '../image-locality/image-locality.ts';
import { nodeAffinity } from '../node-affinity/node-affinity.ts';
import { nodeName } from '../node-name/node-name.ts';
import { nodePorts } from '../node-ports/node-ports.ts';
import { nodeResourcesBalancedAllocation } from '../node-resources-balanced-allocation/node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from '../node-resources-fit/node-resources-fit.ts';
import { nodeUnschedulable } from '../node-unschedulable/node-unschedulable.ts';
import { taintToleration } from '../taint-toleration/taint-toleration.ts';
import type { Plugin } from './plugin.ts';

/** All rules, in the order in which a node is asked; cheap and selective ones first. */
export const plugins: readonly Plugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  nodeResourcesBalancedAllocation,
  imageLocality,
];
