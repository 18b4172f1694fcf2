import { accessSync, constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, delimiter, join, resolve } from 'node:path';
import { buildImage, busyboxFiles, type ImageRecipe, importArchive, storeArchive } from '@orrery/container-runtime';
import { clusterLayout } from '../cluster-plan/cluster-layout.ts';
import { UsageError } from '../command-line/command-line.ts';

/** Makes an image from one static binary and hands it to the cluster's nodes. A busybox gets all its names and a shell as entrypoint. */
export async function imageBuild(
  root: string,
  reference: string,
  binary: string,
  say: (line: string) => void,
): Promise<void> {
  const path = find(binary);
  const name = basename(path);
  const recipe: ImageRecipe =
    name === 'busybox'
      ? { reference, files: await busyboxFiles(path), command: ['sh'], env: { PATH: '/bin' } }
      : {
          reference,
          files: { [`/bin/${name}`]: { content: await readFile(path), mode: 0o755 } },
          entrypoint: [`/bin/${name}`],
          env: { PATH: '/bin' },
        };
  await storeArchive(buildImage(recipe), reference, clusterLayout(root).archives);
  say(`built ${reference} from ${path}`);
}

/** Hands an image archive to the cluster's nodes. */
export async function imageLoad(root: string, archive: string, say: (line: string) => void): Promise<void> {
  const { references } = await importArchive(resolve(archive), clusterLayout(root).archives);
  for (const reference of references) say(`loaded ${reference}`);
}

function find(binary: string): string {
  const candidates = binary.includes('/')
    ? [resolve(binary)]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, binary));
  const found = candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new UsageError(`--binary ${binary}: there is no such executable file`);
  return found;
}
