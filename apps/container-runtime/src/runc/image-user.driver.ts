import { readFile } from 'node:fs/promises';
import { CriError } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import { resolveInRoot } from '../images/scoped-path.driver.ts';

export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  readonly supplementalGroups: readonly number[];
  readonly home: string;
}

/** Who a container runs as: what the pod says, else what the image says, looked up in the image's own /etc/passwd and /etc/group. */
export async function resolveUser(
  rootfs: string,
  imageUser: string,
  security: cri.LinuxContainerSecurityContext | undefined,
): Promise<ImageUser> {
  const passwd = await readTable(rootfs, '/etc/passwd');
  const groups = await readTable(rootfs, '/etc/group');
  const [imageName = '', imageGroup] = imageUser.split(':');
  const wanted = security?.runAsUser ? String(security.runAsUser.value) : security?.runAsUsername || imageName || '0';
  const row = passwd.find(([name, , uid]) => name === wanted || uid === wanted);
  if (!row && !/^\d+$/.test(wanted))
    throw new CriError(
      'unknown',
      `failed to create containerd container: mount callback failed: no users found: unable to find user ${wanted}`,
    );
  const group = security?.runAsGroup ? String(security.runAsGroup.value) : security?.runAsUser ? undefined : imageGroup;
  const groupRow = groups.find(([name, , gid]) => name === group || gid === group);
  const name = row?.[0];
  const listed = groups.filter(([, , , members = '']) => name !== undefined && members.split(',').includes(name));
  const extra = (security?.supplementalGroups ?? []).map(Number);
  return {
    uid: Number(row?.[2] ?? wanted),
    gid: group === undefined ? Number(row?.[3] ?? 0) : Number(groupRow?.[2] ?? group),
    supplementalGroups: [...new Set([...listed.map(([, , gid]) => Number(gid)), ...extra])],
    home: row?.[5] || '/',
  };
}

async function readTable(rootfs: string, path: string): Promise<string[][]> {
  const text = await readFile(await resolveInRoot(rootfs, path, { followLast: true }), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':'));
}
