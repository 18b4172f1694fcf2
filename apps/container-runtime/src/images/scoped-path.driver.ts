import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';

const linksMax = 255;

/**
 * Where `path` is inside `root`, when `root` is the root of the file system: symbolic links on the way lead nowhere else, `..` stops at
 * the top. The last part is followed only with `followLast`. What does not exist yet is left as it is.
 */
export async function resolveInRoot(root: string, path: string, options: { followLast: boolean }): Promise<string> {
  const waiting = path.split('/').reverse();
  const done: string[] = [];
  let links = 0;
  while (waiting.length > 0) {
    const part = waiting.pop() ?? '';
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    const isLast = waiting.every((rest) => rest === '' || rest === '.');
    const target = isLast && !options.followLast ? undefined : await linkTarget(join(root, ...done, part));
    if (target === undefined) {
      done.push(part);
      continue;
    }
    if (++links > linksMax) throw new Error(`too many symbolic links in ${path}`);
    if (target.startsWith('/')) done.length = 0;
    waiting.push(...target.split('/').reverse());
  }
  return join(root, ...done);
}

async function linkTarget(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isSymbolicLink() ? readlink(path) : undefined;
}
