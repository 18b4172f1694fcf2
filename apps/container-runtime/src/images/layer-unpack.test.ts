import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type TarMember, writeTar } from '../tar/tar-writer.ts';
import { unpackLayer } from './layer-unpack.driver.ts';

describe('unpacking a layer', () => {
  let folder: string;
  let root: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'layer-'));
    root = join(folder, 'root');
    await mkdir(root);
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** In pieces of a size that fits nothing, as a network has them. */
  async function* pieces(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
  }
  const unpack = (...members: TarMember[]) => unpackLayer(pieces(writeTar(members)), root);
  const file = (path: string, text = path, mode = 0o644): TarMember => ({
    path,
    type: 'file',
    mode,
    content: Buffer.from(text),
  });

  it('writes files, folders and links with their modes', async () => {
    const long = `deep/${'long-name-'.repeat(15)}`;
    await unpack(
      { path: 'bin/', type: 'directory', mode: 0o750 },
      file('bin/tool', 'x'.repeat(2000), 0o4755),
      { path: 'bin/link', type: 'symlink', linkTarget: '/bin/tool' },
      { path: 'bin/hard', type: 'hardlink', linkTarget: 'bin/tool' },
      file(long),
    );
    expect((await lstat(join(root, 'bin'))).mode & 0o7777).toBe(0o750);
    expect((await lstat(join(root, 'bin/tool'))).mode & 0o7777).toBe(0o4755);
    expect(await readlink(join(root, 'bin/link'))).toBe('/bin/tool');
    expect((await lstat(join(root, 'bin/hard'))).ino).toBe((await lstat(join(root, 'bin/tool'))).ino);
    expect(await readFile(join(root, long), 'utf8')).toBe(long);
  });

  it('deletes what whiteouts name, and of an opaque folder what lies below, never what came with the layer', async () => {
    await unpack(file('a/old'), file('a/kept'), file('b/old'), file('b/sub/old'));
    await unpack(file('a/.wh.old', ''), file('b/new'), file('b/.wh..wh..opq', ''));
    expect(await readdir(join(root, 'a'))).toEqual(['kept']);
    expect(await readdir(join(root, 'b'))).toEqual(['new']);
  });

  it.each([
    ['a path that climbs', [file('../../outside/evil')]],
    ['an absolute path', [file('/outside/evil')]],
    [
      'a symbolic link of the same layer',
      [{ path: 'out', type: 'symlink' as const, linkTarget: '../outside' }, file('out/evil')],
    ],
    ['a whiteout that climbs', [file('../outside/.wh.precious', '')]],
    ['a whiteout of the parent', [file('x/.wh..', ''), file('.wh...', '')]],
  ])('touches nothing outside, whatever the archive says: %s', async (_name, members) => {
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'precious'), '');
    await unpack(...members);
    expect(await readdir(join(folder, 'outside'))).toEqual(['precious']);
    expect((await readdir(folder)).sort()).toEqual(['outside', 'root']);
  });

  it('follows a link of a lower layer only inside of the image', async () => {
    await mkdir(join(folder, 'outside'));
    await symlink(join(folder, 'outside'), join(root, 'out'));
    await unpack(file('out/evil'));
    expect(await readdir(join(folder, 'outside'))).toEqual([]);
  });
});
