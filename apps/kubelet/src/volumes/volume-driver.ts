/** One file of a payload. Paths are relative to the volume and may have folders. */
export interface PayloadFile {
  readonly path: string;
  readonly data: Uint8Array;
  readonly mode: number;
}

export interface FolderOptions {
  /** Default 0o755. */
  readonly mode?: number;
  /** In memory (tmpfs) instead of on disk; a size of 0 has no limit. */
  readonly memory?: { readonly sizeBytes: number };
  /** Group that owns the folder and what is made in it. */
  readonly group?: number;
}

export type PathKind = 'missing' | 'folder' | 'file' | 'socket' | 'characterDevice' | 'blockDevice';

/** What pods' volumes need of the machine's file system. Paths are absolute. */
export interface VolumeDriver {
  /** Makes the folder and those on its way; nothing happens where it exists. */
  makeFolder(path: string, options?: FolderOptions): Promise<void>;
  /** Replaces all files of a volume at once: a reader sees the old set or the new one, never a mix. */
  writePayload(folder: string, files: readonly PayloadFile[], group?: number): Promise<void>;
  /** Writes one file in place, so that a bind mount of it sees the change. */
  writeFile(path: string, data: Uint8Array, mode: number): Promise<void>;
  /** Up to `bytesMax` bytes from the start; undefined where there is no such file. */
  readFile(path: string, bytesMax: number): Promise<Uint8Array | undefined>;
  kindOf(path: string): Promise<PathKind>;
  /** Where `path` below `folder` really is; undefined where symbolic links lead out of `folder`. */
  resolveInside(folder: string, path: string): Promise<string | undefined>;
  /** Names in a folder, sorted; empty where there is none. */
  list(path: string): Promise<string[]>;
  /** Unmounts and removes the folder or file with all below; nothing happens where there is none. */
  remove(path: string): Promise<void>;
}
