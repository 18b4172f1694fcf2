/** A file opened for appending, overwriting and positioned reading. */
export interface DiskFile {
  /** Bytes in the file now. */
  readonly size: number;
  /** Appends all of `data`. Throws `DiskFullError` when the device has no space; then nothing of `data` may be relied on. */
  append(data: Uint8Array): Promise<void>;
  /**
   * Writes all of `data` at `offset`, over what is there or beyond the end, and returns when it survives a power cut. After one, any 512-byte
   * sectors of a write that had not returned may be new, others old. One such write at a time. Throws `DiskFullError`; then the file ends
   * at `offset`. After any other error it is not known what is on the device: the file must not be written any more.
   */
  writeDurably(offset: number, data: Uint8Array): Promise<void>;
  /**
   * Grows the file with zeros to at least `size` bytes, durably, so that writes below need no new space and no change of the file's
   * metadata. May run beside a `writeDurably` that ends before the old end. Throws `DiskFullError`; then the file is as long as it was.
   */
  allocate(size: number): Promise<void>;
  /** Up to `length` bytes from `offset`; shorter only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Cuts the file to `size` bytes. A power cut before the next `sync` may undo it. */
  truncate(size: number): Promise<void>;
  /** Returns when everything written so far survives a power cut (fdatasync). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What storage needs of a file system. Paths are relative to the disk's root and use `/`. */
export interface Disk {
  /** Opens for reading and writing; creates the file, and the folders on its way, where missing. */
  open(path: string): Promise<DiskFile>;
  /** All bytes, or `undefined` where there is no such file. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Replaces the file as a whole: after a crash there is the old content or the new, never a mix. */
  writeFile(path: string, data: Uint8Array): Promise<void>;
  /** Gives the file another name, in place of what has that name. After a crash it has the old name or the new. */
  rename(from: string, to: string): Promise<void>;
  /** Names in a folder, sorted; empty where the folder does not exist. */
  list(path: string): Promise<string[]>;
  /** Removes a file or folder with all below it; nothing happens where there is none. */
  remove(path: string): Promise<void>;
}

/** The device is full. What was acknowledged before is safe; this write did not happen. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
  constructor(
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`no space left while writing ${path}`, options);
  }
}
