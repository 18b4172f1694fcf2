import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ids, Processes } from '@orrery/runtime';
import { mountOverlay, unmount } from '../runc/mounts.driver.ts';
import { unpackLayer } from './layer-unpack.driver.ts';

/**
 * Unpacked layers, each in a folder named by all that lies below it. Names are short because a mount takes them all in one page of
 * memory.
 */
export class LayerStore {
  constructor(
    private readonly folder: string,
    private readonly ids: Ids,
    private readonly processes: Processes,
  ) {}

  /** Clears what a crash left half unpacked. */
  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const name of await readdir(this.folder)) {
      if (!name.startsWith('new-')) continue;
      await unmount(this.processes, join(this.folder, name, 'merged'));
      await rm(join(this.folder, name), { recursive: true });
    }
  }

  /** The name of a layer with that uncompressed content on top of `below`. */
  chain(below: string | undefined, diffId: string): string {
    return createHash('sha256')
      .update(`${below ?? ''} ${diffId}`)
      .digest('hex')
      .slice(0, 24);
  }

  pathOf(chain: string): string {
    return join(this.folder, chain);
  }

  has(chain: string): Promise<boolean> {
    return stat(this.pathOf(chain)).then(
      () => true,
      () => false,
    );
  }

  async unpack(chain: string, below: readonly string[], tar: AsyncIterable<Uint8Array>): Promise<void> {
    const making = join(this.folder, `new-${this.ids.suffix(8)}`);
    const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(making, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [upper, work, merged]) await mkdir(path, { recursive: true });
    try {
      if (below.length === 0) await unpackLayer(tar, upper);
      else {
        await mountOverlay(this.processes, {
          lower: below.map((layer) => this.pathOf(layer)),
          upper,
          work,
          target: merged,
        });
        try {
          await unpackLayer(tar, merged);
        } finally {
          await unmount(this.processes, merged);
        }
      }
      await rename(upper, this.pathOf(chain)).catch(async (error: NodeJS.ErrnoException) => {
        // Somebody else was faster with the same layer.
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  }

  async removeExcept(kept: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.folder))
      if (!kept.has(name) && !name.startsWith('new-'))
        await rm(join(this.folder, name), { recursive: true, force: true });
  }
}
