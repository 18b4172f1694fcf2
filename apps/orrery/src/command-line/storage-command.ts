/** What can be done with the cluster's state as a file. Paths are as typed. */
export type StorageCommand =
  | { readonly name: 'storage backup'; readonly data: string; readonly file: string }
  | { readonly name: 'storage restore'; readonly data: string; readonly file: string; readonly options: RestoreChoices }
  | {
      readonly name: 'storage snapshot-status';
      readonly file: string;
      readonly json: boolean;
      readonly skipHashCheck: boolean;
    };

export interface RestoreChoices {
  /** All members of the new cluster. */
  readonly members: readonly string[];
  /** Only this one is made, in the data folder itself. Absent: all, each where `orrery up` looks for it. */
  readonly member?: string;
  readonly bumpRevision: number;
  readonly skipHashCheck: boolean;
}

export const STORAGE_HELP = `  storage backup FILE                  the cluster's state as a file, as etcdctl snapshot save writes it
  storage restore FILE                 a new cluster's storage from such a file, ours or etcd's
              --members LIST           (default storage-1; as many as --storage-replicas will say)
              --member NAME            only this one, in the folder that --data names
              --bump-revision N        leave revisions out that the old cluster may have used since
              --skip-hash-check        take a database without its checksum
  storage snapshot-status FILE         hash, revision, keys and size of such a file   --json
`;

export const storageOptionTypes = {
  members: { type: 'string' },
  member: { type: 'string' },
  'bump-revision': { type: 'string', default: '0' },
  'skip-hash-check': { type: 'boolean', default: false },
} as const;
