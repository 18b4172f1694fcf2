import { accepted, type Plugin } from '../framework/plugin.ts';

/** A pod that names its node runs there or nowhere. */
export const nodeName: Plugin = {
  name: 'NodeName',
  weight: 0,
  consider({ pod }) {
    const wanted = pod.spec.nodeName;
    if (!wanted) return undefined;
    return { filter: (node) => (node.name === wanted ? accepted : ["node(s) didn't match the requested node name"]) };
  },
};
