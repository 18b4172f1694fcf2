import type { NodeInfo } from '../cluster-cache/node-info.ts';
import { type Plugin, scoreMax } from '../framework/plugin.ts';

const mebibyte = 1024 * 1024;
/** Below this an image is as good as absent; above the most for each container it makes no more difference. */
const sizeMin = 23 * mebibyte;
const sizeMaxPerContainer = 1000 * mebibyte;

/** Prefers nodes that have the pod's images already, weighted by how widely an image is spread so that no node becomes a magnet. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  consider({ pod }, nodes) {
    const names = pod.spec.containers.map(({ image }) => normalizedImage(image ?? ''));
    const spread = new Map(
      names.map((name) => [name, nodes.filter((node) => node.images.has(name)).length / nodes.length]),
    );
    if ([...spread.values()].every((part) => part === 0)) return undefined;
    const sizeMax = sizeMaxPerContainer * names.length;
    return {
      score: (node: NodeInfo) => {
        const size = names.reduce((sum, name) => sum + (node.images.get(name) ?? 0) * (spread.get(name) ?? 0), 0);
        const bounded = Math.min(Math.max(size, sizeMin), sizeMax);
        return Math.floor((scoreMax * (bounded - sizeMin)) / (sizeMax - sizeMin));
      },
    };
  },
};

/** An image without a tag means `latest`. */
function normalizedImage(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
