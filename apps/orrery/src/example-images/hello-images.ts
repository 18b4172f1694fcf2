import type { ImageFile, ImageRecipe } from '@orrery/container-runtime';

/**
 * Answers every request with its greeting, its version and the name of its pod. The page is written once: nothing of it changes while the
 * container runs. The first process of a container ignores SIGTERM unless it says otherwise, hence the trap.
 */
const startScript = (version: number): string => `#!/bin/sh
mkdir -p /tmp/www
echo "\${GREETING:-Hello from} $(hostname) (hello:${version})" > /tmp/www/index.html
echo "hello:${version} listens on port 8080"
httpd -f -v -p 8080 -h /tmp/www &
trap 'kill $!' TERM
wait $!
`;

/** The two versions of the image in `k8s-manifests/examples/hello.yaml`, made from the files of a busybox. */
export function helloImages(busybox: Readonly<Record<string, ImageFile>>): ImageRecipe[] {
  return [1, 2].map((version) => ({
    reference: `orrery.local/hello:${version}`,
    files: { ...busybox, '/bin/hello': { content: startScript(version), mode: 0o755 } },
    entrypoint: ['/bin/hello'],
    env: { PATH: '/bin' },
  }));
}
