import { lstat, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HostVolumes } from './host-volumes.driver.ts';

describe('HostVolumes', () => {
  const volumes = new HostVolumes();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'volumes-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const file = (path: string, text: string, mode = 0o644) => ({ path, data: Buffer.from(text), mode });
  const text = (path: string) => readFile(join(folder, path), 'utf8');

  it('swaps a whole payload behind one link', async () => {
    await volumes.writePayload(folder, [file('a', '1'), file('deep/b', '2', 0o400)]);
    expect(await text('a')).toBe('1');
    expect(await text('deep/b')).toBe('2');
    expect((await stat(join(folder, 'deep/b'))).mode & 0o777).toBe(0o400);
    expect(await readlink(join(folder, 'a'))).toBe('..data/a');
    const before = await readlink(join(folder, '..data'));

    await volumes.writePayload(folder, [file('a', '3'), file('c', '4')]);
    expect(await readlink(join(folder, '..data'))).not.toBe(before);
    expect(await text('a')).toBe('3');
    expect(await text('c')).toBe('4');
    expect(await volumes.list(folder)).toEqual(['..data', await readlink(join(folder, '..data')), 'a', 'c'].sort());
  });

  it('writes files in place, so that a mount of one sees the change', async () => {
    const path = join(folder, 'hosts');
    await volumes.writeFile(path, Buffer.from('one'), 0o644);
    const { ino } = await lstat(path);
    await volumes.writeFile(path, Buffer.from('two'), 0o644);
    expect((await lstat(path)).ino).toBe(ino);
    expect(Buffer.from((await volumes.readFile(path, 2)) ?? []).toString()).toBe('tw');
    expect(await volumes.readFile(join(folder, 'none'), 10)).toBeUndefined();
  });

  it('does not follow links out of a volume', async () => {
    await mkdir(join(folder, 'inside'));
    await symlink('/etc', join(folder, 'outside'));
    expect(await volumes.resolveInside(folder, 'inside')).toBe(join(folder, 'inside'));
    expect(await volumes.resolveInside(folder, 'new')).toBe(join(folder, 'new'));
    expect(await volumes.resolveInside(folder, 'outside/passwd')).toBeUndefined();
    expect(await volumes.resolveInside(folder, 'outside/not-there-yet')).toBeUndefined();
  });

  it('tells what is at a path', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await volumes.kindOf(folder)).toBe('folder');
    expect(await volumes.kindOf(join(folder, 'file'))).toBe('file');
    expect(await volumes.kindOf(join(folder, 'none'))).toBe('missing');
    expect(await volumes.kindOf('/dev/null')).toBe('characterDevice');
  });

  it('makes folders and removes them with all below, mounts included', async () => {
    const path = join(folder, 'pods/u1/volumes/cache');
    await volumes.makeFolder(path, { mode: 0o777, memory: { sizeBytes: 4096 } });
    await volumes.makeFolder(path, { mode: 0o777, memory: { sizeBytes: 4096 } });
    expect((await stat(path)).mode & 0o777).toBe(0o777);
    await volumes.remove(join(folder, 'pods/u1'));
    await volumes.remove(join(folder, 'pods/u1'));
    expect(await volumes.kindOf(join(folder, 'pods/u1'))).toBe('missing');
    expect(await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')).not.toContain(folder);
  });
});
