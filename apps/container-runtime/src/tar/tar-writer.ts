/** What is to become a member of a tar archive. */
export interface TarMember {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly mode?: number;
  readonly content?: Uint8Array;
  readonly linkTarget?: string;
}

const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5' };

/** A tar archive. Everything belongs to root and is from the start of the epoch, so that the same members give the same bytes. */
export function writeTar(members: readonly TarMember[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const member of members) {
    const content = member.content ?? new Uint8Array();
    if (Buffer.byteLength(member.path) > 100) parts.push(...longName('L', member.path));
    if (Buffer.byteLength(member.linkTarget ?? '') > 100) parts.push(...longName('K', member.linkTarget ?? ''));
    const mode = member.mode ?? (member.type === 'directory' ? 0o755 : 0o644);
    parts.push(
      header(member.path, typeFlags[member.type], content.length, mode, member.linkTarget ?? ''),
      ...padded(content),
    );
  }
  parts.push(new Uint8Array(1024));
  return Buffer.concat(parts);
}

function longName(flag: 'L' | 'K', name: string): Uint8Array[] {
  const body = Buffer.from(`${name}\0`);
  return [header('././@LongLink', flag, body.length, 0o644, ''), ...padded(body)];
}

function padded(content: Uint8Array): Uint8Array[] {
  return [content, new Uint8Array((512 - (content.length % 512)) % 512)];
}

function header(path: string, flag: string, size: number, mode: number, linkTarget: string): Uint8Array {
  const block = Buffer.alloc(512);
  const octal = (value: number, offset: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset);
  block.write(path, 0, 100);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write('        ', 148);
  block.write(flag, 156);
  block.write(linkTarget, 157, 100);
  block.write('ustar\u000000', 257, 'latin1');
  octal(0, 329, 8);
  octal(0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
